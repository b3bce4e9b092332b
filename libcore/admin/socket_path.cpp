#include "admin/socket_path.hpp"

#include <algorithm>

namespace headspace::admin {

namespace {

constexpr std::string_view system_folder = "/run/headspace";

bool is_instance_name(std::string_view name) {
    return name != "." && name != ".." && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.' || c == '@' || c == ':';
           });
}

std::string in_folder(std::string_view folder) {
    return std::string(folder) + "/admin.sock";
}

/// By hand: what belongs to the user alone.
socket_place own_place(const socket_environment& env) {
    if (env.uid == 0)
        return {in_folder(system_folder), false};
    if (!env.xdg_runtime_dir.empty())
        return {in_folder(env.xdg_runtime_dir + "/headspace"), false};
    return {in_folder("/tmp/headspace-" + std::to_string(env.uid)), true};
}

} // namespace

socket_place daemon_socket(std::string_view configured, const socket_environment& env) {
    if (!configured.empty())
        return {std::string(configured), false};
    if (!env.service)
        return own_place(env);
    // Several folders are separated by colons; the first is the unit's own.
    const std::string_view own =
        std::string_view(env.runtime_directory).substr(0, env.runtime_directory.find(':'));
    return {in_folder(own.empty() ? system_folder : own), false};
}

result<std::vector<socket_place>> client_sockets(const socket_wishes& wishes,
                                                 const socket_environment& env) {
    using places = std::vector<socket_place>;
    if (!wishes.socket.empty())
        return places{{wishes.socket, false}};
    if (!wishes.environment_socket.empty())
        return places{{wishes.environment_socket, false}};
    if (!wishes.instance.empty()) {
        if (!is_instance_name(wishes.instance))
            return make_error(errc::usage, error_class::refuse,
                              "--instance: \"" + wishes.instance +
                                  "\" is not the name of an instance",
                              "letters, digits and any of - _ . @ :");
        return places{{in_folder(std::string(system_folder) + "/" + wishes.instance), false}};
    }
    if (!wishes.configured.empty())
        return places{{wishes.configured, false}};
    places found{own_place(env)};
    if (found.front().path != in_folder(system_folder))
        found.push_back({in_folder(system_folder), false});
    return found;
}

} // namespace headspace::admin
