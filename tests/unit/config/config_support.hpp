// An environment made of literals, for tests of combine().
#pragma once

#include "config/combine.hpp"
#include "config/load.hpp"

#include <map>
#include <string>
#include <variant>

namespace headspace::config {

struct sources {
    std::string toml;
    std::string toml_path = "/etc/headspace/headspaced.toml";
    /// "NAME" or "NAME (.env:3)", as the driver would label it; empty values are left out as there.
    std::map<std::string, std::string> variables;
    std::map<std::string, std::string> credentials; // contents of the files
    std::map<std::string, std::string> files;
    bool service = true;
    std::uint32_t uid = 1000;
    request asked;
};

inline outcome combine(const sources& from) {
    environment env;
    for (const auto& [label, value] : from.variables)
        if (!value.empty())
            env.variables[label.substr(0, label.find(' '))] = {secret(value), label};
    for (const auto& [name, value] : from.credentials)
        env.credentials[name] = secret(std::string(strip_secret_newline(value)));
    env.service = from.service;
    env.uid = from.uid;
    env.working_directory = "/project";
    env.read_file = [files = from.files](const std::string& path) -> file_content {
        const auto found = files.find(path);
        if (found == files.end())
            return {std::nullopt, "No such file or directory", false};
        return {found->second, "", false};
    };
    const file_settings file =
        from.toml.empty() ? file_settings{} : load_toml(from.toml, from.toml_path);
    return combine(file, env, from.asked);
}

/// Every message of a refusal, or every warning and note, one a line.
inline std::string messages(const outcome& result) {
    std::string out;
    if (const auto* errors = std::get_if<std::vector<diagnostic>>(&result)) {
        for (const diagnostic& d : *errors)
            out += d.text() + "\n";
        return out;
    }
    const auto& in_force = std::get<effective>(result);
    for (const auto* list : {&in_force.warnings, &in_force.notes})
        for (const std::string& text : *list)
            out += text + "\n";
    return out;
}

} // namespace headspace::config
