// From --socket, HEADSPACE_SOCKET, --instance, --config or none of them to the daemon's socket.
#include "admin/socket_path.hpp"
#include "config/load.hpp"
#include "ctl/app.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace headspace::ctl {

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

/// admin.socket of a configuration file; "" when the file does not say.
result<std::string> configured_socket(const std::string& file) {
    std::ifstream in(file);
    std::ostringstream text;
    if (!in || !(text << in.rdbuf()))
        return make_error(errc::usage, error_class::refuse,
                          "--config: " + file + " cannot be read: " + std::strerror(errno),
                          "--socket PATH names the daemon's socket directly");
    const config::file_settings read = config::load_toml(text.str(), file);
    if (!read.errors.empty())
        return make_error(errc::usage, error_class::refuse, read.errors.front().text(),
                          "headspaced --check-config --config " + file + " shows everything");
    return read.values.admin.socket;
}

} // namespace

result<std::unique_ptr<admin::caller>> connect_to_daemon(const global_options& options) {
    admin::socket_wishes wishes;
    wishes.socket = options.socket;
    wishes.environment_socket = variable("HEADSPACE_SOCKET");
    wishes.instance = options.instance;
    if (!options.config.empty()) {
        auto configured = configured_socket(options.config);
        if (!configured)
            return configured.error();
        wishes.configured = std::move(*configured);
    }
    admin::socket_environment env;
    env.uid = ::geteuid();
    env.xdg_runtime_dir = variable("XDG_RUNTIME_DIR");
    auto places = admin::client_sockets(wishes, env);
    if (!places)
        return places.error();
    return std::unique_ptr<admin::caller>(std::make_unique<admin::client>(std::move(*places)));
}

} // namespace headspace::ctl
