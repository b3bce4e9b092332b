#include "sd/listen.hpp"

#include "sd/kept_text.hpp"

#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace headspace::sd {

namespace {

struct passed {
    int fd;
    std::string name;
};

std::vector<passed> take_all() {
    char** names = nullptr;
    const int count = ::sd_listen_fds_with_names(1, &names);
    std::vector<passed> sockets;
    for (int i = 0; i < count; ++i) {
        sockets.push_back({SD_LISTEN_FDS_START + i, names != nullptr ? names[i] : ""});
        if (names != nullptr)
            std::free(names[i]); // NOLINT: allocated by libsystemd
    }
    std::free(static_cast<void*>(names)); // NOLINT
    return sockets;
}

} // namespace

result<passed_descriptors> take_passed() {
    std::vector<passed> sockets = take_all();
    passed_descriptors out;
    for (const passed& each : sockets)
        if (each.name == kept_text::name)
            out.kept = each.fd;
    std::erase_if(sockets, [](const passed& each) { return each.name == kept_text::name; });
    if (sockets.empty())
        return out;
    const passed* chosen = sockets.size() == 1 ? &sockets.front() : nullptr;
    for (const passed& socket : sockets)
        if (socket.name == "admin")
            chosen = &socket;
    if (chosen == nullptr)
        return make_error(errc::config_invalid, error_class::refuse,
                          std::to_string(sockets.size()) +
                              " sockets were passed and none is named \"admin\"",
                          "set FileDescriptorName=admin in the socket unit");
    if (::sd_is_socket(chosen->fd, AF_UNIX, SOCK_STREAM, 1) <= 0)
        return make_error(errc::config_invalid, error_class::refuse,
                          "the socket passed as \"" + chosen->name +
                              "\" is not a listening Unix stream socket",
                          "use ListenStream= with a path in the socket unit");
    out.admin_socket = chosen->fd;
    return out;
}

} // namespace headspace::sd
