// From --socket, HEADSPACE_SOCKET, --instance, --config or none of them to the daemon's socket.
#include "admin/socket_path.hpp"
#include "ctl/app.hpp"

#include <cstdlib>
#include <unistd.h>

namespace headspace::ctl {

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

} // namespace

result<std::unique_ptr<admin::caller>> connect_to_daemon(const global_options& options) {
    admin::socket_wishes wishes;
    wishes.socket = options.socket;
    wishes.environment_socket = variable("HEADSPACE_SOCKET");
    wishes.instance = options.instance;
    admin::socket_environment env;
    env.uid = ::geteuid();
    env.xdg_runtime_dir = variable("XDG_RUNTIME_DIR");
    auto places = admin::client_sockets(wishes, env);
    if (!places)
        return places.error();
    return std::unique_ptr<admin::caller>(std::make_unique<admin::client>(std::move(*places)));
}

} // namespace headspace::ctl
