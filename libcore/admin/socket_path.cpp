#include "admin/socket_path.hpp"

#include "base/runtime_folder.hpp"

#include <algorithm>

namespace headspace::admin {

namespace {

bool is_instance_name(std::string_view name) {
    return name != "." && name != ".." && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.' || c == '@' || c == ':';
           });
}

std::string in_folder(std::string_view folder) {
    return std::string(folder) + "/admin.sock";
}

} // namespace

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
        return places{
            {in_folder(std::string(system_runtime_folder) + "/" + wishes.instance), false}};
    }
    if (!wishes.configured.empty())
        return places{{wishes.configured, false}};
    const runtime_folder own =
        default_runtime_folder({.uid = env.uid, .users = env.xdg_runtime_dir});
    places found{{in_folder(own.path), own.in_tmp}};
    if (found.front().path != in_folder(system_runtime_folder))
        found.push_back({in_folder(system_runtime_folder), false});
    return found;
}

} // namespace headspace::admin
