#include "ctl/db_model.hpp"

#include "base/text.hpp"
#include "config/conninfo.hpp"
#include "ctl/context.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <pwd.h>
#include <string_view>
#include <unistd.h>

namespace headspace::ctl {

namespace {

error usage(std::string what, std::string hint) {
    return make_error(errc::usage, error_class::refuse, std::move(what), std::move(hint));
}

result<std::string> fetch(context& ctx, const std::string& given) {
    constexpr std::string_view variable = "env:";
    if (given == "-") {
        const std::string line =
            ctx.first_line_of_input ? ctx.first_line_of_input() : std::string();
        if (trim(line).empty())
            return usage("--model-url -: there is nothing on standard input",
                         "echo URL | headspacectl db migrate --model-url - ...");
        return std::string(trim(line));
    }
    if (!given.starts_with(variable))
        return given;
    const std::string name = given.substr(variable.size());
    std::string value = ctx.environment(name.c_str());
    if (value.empty())
        return usage("--model-url: the variable " + name + " is not set", "export it first");
    return value;
}

} // namespace

result<secret> read_model_url(context& ctx, const std::string& given) {
    result<std::string> text = fetch(ctx, given);
    if (!text)
        return text.error();
    const auto parsed = config::parse_conninfo(*text, "--model-url");
    if (!parsed)
        return usage(parsed.error().message, parsed.error().hint);
    for (const std::string& warning : parsed->warnings)
        ctx.note(warning);
    if (!parsed->value.service.empty())
        return usage("--model-url: a service is not looked up", "name host, user and database");
    return secret(std::move(*text));
}

void blank_url_arguments(int argc, char** argv) {
    constexpr std::string_view option = "--model-url";
    constexpr std::string_view command = "explain-url";
    bool explains = false;
    const auto blank = [](char* text) {
        std::memset(text, '*', std::strlen(text));
    };
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (explains && !argument.starts_with('-'))
            blank(argv[i]);
        else if (argument == command)
            explains = true;
        else if (argument == option && i + 1 < argc)
            blank(argv[++i]);
        else if (argument.starts_with(option) && argument.substr(option.size()).starts_with('='))
            blank(argv[i] + option.size() + 1);
    }
}

std::string operating_system_user() {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr)
        return entry.pw_name;
    return std::to_string(::geteuid());
}

} // namespace headspace::ctl
