// Where headspacectl looks for the admin socket. Pure: the environment is a
// parameter.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace headspace::admin {

struct socket_environment {
    uid_t uid = 0;
    std::string xdg_runtime_dir; // $XDG_RUNTIME_DIR
};

struct socket_place {
    std::string path;
    bool private_folder = false; // in /tmp: the folder must be 0700 and ours
};

struct socket_wishes {
    std::string socket;             // --socket
    std::string environment_socket; // HEADSPACE_SOCKET
    std::string instance;           // --instance
    std::string configured;         // admin.socket of --config FILE
};

/// Where headspacectl looks, in order. A wish is final: one path. Errors: usage for an instance
/// that is no name.
result<std::vector<socket_place>> client_sockets(const socket_wishes& wishes,
                                                 const socket_environment& env);

} // namespace headspace::admin
