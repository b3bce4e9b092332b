#include "admin/listener_state.hpp"

#include <boost/asio/ip/address.hpp>

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
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

struct loopback_address {
    asio::ip::address address;
    std::uint16_t port = 0;
};

result<loopback_address> parse_loopback(std::string_view text) {
    const auto refuse = [&](std::string why) {
        return make_error(errc::config_invalid, error_class::refuse,
                          "[http].listen: \"" + std::string(text) + "\" " + why,
                          "a loopback address and a port, such as 127.0.0.1:8433");
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return refuse("has no port");
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    loopback_address out;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (ec != std::errc{} || end != digits.data() + digits.size())
        return refuse("has no valid port");
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    error_code bad;
    out.address =
        asio::ip::make_address(host == "localhost" ? "127.0.0.1" : std::string(host), bad);
    if (bad || !out.address.is_loopback())
        return refuse("is not a loopback address");
    return out;
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
        return parsed.error();
    const bool v4 = parsed->address.is_v4();
    unique_fd fd(::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd.get() < 0)
        return io_error("cannot make a socket for " + std::string(address), errno);
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in in{};
    sockaddr_in6 in6{};
    in.sin_family = AF_INET;
    in6.sin6_family = AF_INET6;
    in.sin_port = in6.sin6_port = htons(parsed->port);
    if (v4)
        in.sin_addr.s_addr = htonl(parsed->address.to_v4().to_uint());
    else
        in6.sin6_addr = in6addr_loopback;
    auto* where = v4 ? reinterpret_cast<sockaddr*>(&in) : reinterpret_cast<sockaddr*>(&in6);
    socklen_t size = v4 ? sizeof in : sizeof in6;
    if (::bind(fd.get(), where, size) != 0 || ::listen(fd.get(), SOMAXCONN) != 0 ||
        ::getsockname(fd.get(), where, &size) != 0)
        return io_error("cannot listen on " + std::string(address), errno);
    auto made = std::make_unique<state>(std::move(executor));
    made->acceptor.assign(fd.release());
    made->reach = scope::publicly;
    made->local = false;
    made->where = (v4 ? parsed->address.to_string() : "[" + parsed->address.to_string() + "]") +
                  ":" + std::to_string(ntohs(v4 ? in.sin_port : in6.sin6_port));
    return listener(std::move(made));
}

} // namespace headspace::admin
