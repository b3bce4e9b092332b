#include "admin/listener_state.hpp"
#include "base/loopback.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace headspace::admin {

namespace {

error io_error(const std::string& what, int number) {
    return make_error(errc::io_failed, error_class::refuse, what + ": " + std::strerror(number));
}

/// A bound Unix socket's path; "" for one without a name.
std::string path_of(int fd) {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        size <= offsetof(sockaddr_un, sun_path))
        return {};
    return {address.sun_path, ::strnlen(address.sun_path, size - offsetof(sockaddr_un, sun_path))};
}

} // namespace

listener::listener(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
listener::listener(listener&&) noexcept = default;
listener& listener::operator=(listener&& other) noexcept {
    if (this != &other) {
        close();
        state_ = std::move(other.state_);
    }
    return *this;
}
listener::~listener() {
    close();
}

scope listener::reach() const noexcept {
    return state_->reach;
}

const std::string& listener::where() const noexcept {
    return state_->where;
}

void listener::close() noexcept {
    if (!state_)
        return;
    error_code ignored;
    // The file first: who connects in between is refused instead of waiting for nothing.
    state_->file.remove();
    state_->acceptor.close(ignored);
}

result<listener> listener::unix_socket(asio::any_io_executor executor,
                                       unix_socket_options options) {
    auto file = socket_file::make(options);
    if (!file)
        return file.error();
    auto made = std::make_unique<state>(std::move(executor));
    made->acceptor.assign(file->release_socket());
    made->where = std::move(options.path);
    made->file = std::move(*file);
    return listener(std::move(made));
}

result<listener> listener::adopt(asio::any_io_executor executor, int fd) {
    int type = 0;
    int listening = 0;
    socklen_t size = sizeof type;
    sockaddr_storage address{};
    socklen_t address_size = sizeof address;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
        ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &address_size) != 0)
        return io_error("the socket that was passed (descriptor " + std::to_string(fd) +
                            ") cannot be used",
                        errno);
    if (type != SOCK_STREAM || listening == 0 || address.ss_family != AF_UNIX)
        return make_error(errc::io_failed, error_class::refuse,
                          "the socket that was passed (descriptor " + std::to_string(fd) +
                              ") is no listening Unix stream socket",
                          "the socket unit needs ListenStream= with a path");
    auto made = std::make_unique<state>(std::move(executor));
    made->acceptor.assign(fd);
    made->acceptor.native_non_blocking(true);
    made->where = path_of(fd);
    return listener(std::move(made));
}

result<listener> listener::loopback(asio::any_io_executor executor, std::string_view address) {
    const auto parsed = parse_loopback(address);
    if (!parsed)
        return make_error(errc::config_invalid, error_class::refuse,
                          "[http].listen: \"" + std::string(address) + "\" " +
                              parsed.error().message,
                          parsed.error().hint);
    sockaddr_in in{};
    sockaddr_in6 in6{};
    in.sin_family = AF_INET;
    in6.sin6_family = AF_INET6;
    in.sin_port = in6.sin6_port = htons(parsed->port);
    ::inet_pton(AF_INET, parsed->host.c_str(), &in.sin_addr);
    in6.sin6_addr = in6addr_loopback;
    const bool v6 = parsed->v6;
    unique_fd fd(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd.get() < 0)
        return io_error("cannot make a socket for [http].listen (" + parsed->text() + ")", errno);
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    auto* where = v6 ? reinterpret_cast<sockaddr*>(&in6) : reinterpret_cast<sockaddr*>(&in);
    socklen_t size = v6 ? sizeof in6 : sizeof in;
    if (::bind(fd.get(), where, size) != 0 || ::listen(fd.get(), SOMAXCONN) != 0 ||
        ::getsockname(fd.get(), where, &size) != 0)
        return io_error("cannot listen on " + parsed->text() + " ([http].listen)", errno);
    auto made = std::make_unique<state>(std::move(executor));
    made->acceptor.assign(fd.release());
    made->reach = scope::publicly;
    made->local = false;
    loopback_endpoint taken = *parsed;
    taken.port = ntohs(v6 ? in6.sin6_port : in.sin_port);
    made->where = taken.text();
    return listener(std::move(made));
}

} // namespace headspace::admin
