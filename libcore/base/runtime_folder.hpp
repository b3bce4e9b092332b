// The folder of the sockets when nobody says where: both ends of the admin socket and the embedded
// server ask here. Pure: the environment is a parameter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headspace {

inline constexpr std::string_view system_runtime_folder = "/run/headspace";

struct runtime_environment {
    std::uint32_t uid = 0;
    std::string users = {}; // $XDG_RUNTIME_DIR
    bool service = false;   // this process is a service's main process
    std::string units = {}; // $RUNTIME_DIRECTORY of its unit: one folder, or several with colons
};

struct runtime_folder {
    std::string path;
    bool in_tmp = false; // it must be 0700 and ours: anybody could have made it first
};

/// A service: the first of its unit's folders; without one as by hand, but never in /tmp. By hand:
/// root /run/headspace, a user $XDG_RUNTIME_DIR/headspace or /tmp/headspace-UID.
[[nodiscard]] runtime_folder default_runtime_folder(const runtime_environment& env);

} // namespace headspace
