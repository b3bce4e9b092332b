#include "admin/client_socket.hpp"

#include "admin/private_folder.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <limits>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace headspace::admin {

namespace {

constexpr std::string_view start_hint = "is headspaced running? systemctl status headspaced";

std::string group_name(gid_t id) {
    std::array<char, 4096> buffer{};
    group entry{};
    group* found = nullptr;
    if (getgrgid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return found->gr_name;
    return std::to_string(id);
}

std::string octal(mode_t mode) {
    std::string out = "0000";
    for (std::size_t place = 4; place-- > 1; mode >>= 3U)
        out[place] = static_cast<char>('0' + (mode & 7U));
    return out;
}

/// Who is let in: of the socket, or of the first folder above it that shuts us out.
error permission_error(const std::string& path) {
    struct stat info {};
    std::string what = path;
    while (::stat(what.c_str(), &info) != 0 && errno == EACCES && what.rfind('/') > 0 &&
           what.rfind('/') != std::string::npos)
        what.erase(what.rfind('/'));
    const std::string group = group_name(info.st_gid);
    // Nobody should join the group root for this.
    const std::string hint =
        info.st_gid == 0
            ? "use sudo, or give the socket to a group of its own ([admin].group of the daemon)"
            : "become a member of the group " + group + " (sudo usermod -aG " + group +
                  " $USER, then log in again) or use sudo";
    return make_error(errc::socket_permission, error_class::refuse,
                      "no permission on the daemon's socket " + path + " (" +
                          (what == path ? "" : what + ": ") + "mode " + octal(info.st_mode) +
                          ", group " + group + ")",
                      hint);
}

error connect_error(const std::string& path, int number) {
    const auto unreachable = [](std::string message) {
        return make_error(errc::daemon_unreachable, error_class::retry, std::move(message),
                          std::string(start_hint));
    };
    switch (number) {
    case EACCES:
    case EPERM:
        return permission_error(path);
    case ENOENT:
        return unreachable("no daemon: there is no " + path);
    case ECONNREFUSED:
        return unreachable("no daemon answers on " + path);
    default:
        return unreachable("the daemon on " + path + " cannot be reached (" +
                           std::strerror(number) + ")");
    }
}

/// For poll(2); -1: for ever.
int milliseconds_until(time_point until) {
    if (until == time_point::max())
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

} // namespace

result<std::string> choose_socket(const std::vector<socket_place>& places) {
    std::vector<std::string> looked_at;
    for (const socket_place& place : places) {
        struct stat info {};
        if (::stat(place.path.c_str(), &info) != 0 && errno != EACCES) {
            looked_at.push_back(place.path);
            continue;
        }
        if (place.private_folder)
            if (const auto ours = check_private_folder(folder_of(place.path)); !ours)
                return ours.error();
        return place.path;
    }
    return make_error(errc::daemon_unreachable, error_class::retry,
                      "no daemon: there is no " + join(looked_at, " and no "),
                      std::string(start_hint));
}

result<client_socket> client_socket::connect(const std::string& path, time_point until) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return make_error(errc::usage, error_class::refuse,
                          "the socket's path is too long: " + path,
                          "at most " + std::to_string(sizeof address.sun_path - 1) + " bytes");
    std::copy(path.begin(), path.end(), address.sun_path);
    client_socket made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), path);
    if (made.fd_ < 0)
        return connect_error(path, errno);
    // A Unix socket connects at once or, with a full queue of the listener, fails with EAGAIN.
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    while (::connect(made.fd_, generic, sizeof address) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return connect_error(path, errno);
        if (clock::now() >= until)
            return made.broken("takes no connections");
        ::poll(nullptr, 0, 10);
    }
    return made;
}

client_socket::client_socket(client_socket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)),
      peer_closed_(other.peer_closed_) {}

client_socket::~client_socket() {
    if (fd_ >= 0)
        ::close(fd_);
}

error client_socket::broken(const std::string& what) const {
    return make_error(errc::daemon_unreachable, error_class::retry,
                      "the daemon at " + path_ + " " + what);
}

result<void> client_socket::ready(short events, time_point until) const {
    for (;;) {
        pollfd wanted{fd_, events, 0};
        const int count = ::poll(&wanted, 1, milliseconds_until(until));
        if (count > 0)
            return {};
        if (count == 0)
            return broken("did not answer in time");
        if (errno != EINTR)
            return broken(std::string("cannot be waited for (") + std::strerror(errno) + ")");
    }
}

result<void> client_socket::write(std::string_view bytes, time_point until) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            if (auto waited = ready(POLLOUT, until); !waited)
                return waited;
        } else if (errno != EINTR) {
            peer_closed_ = errno == EPIPE || errno == ECONNRESET;
            return broken(std::string("does not take the request (") + std::strerror(errno) + ")");
        }
    }
    return {};
}

result<std::size_t> client_socket::read(std::span<char> into, time_point until) {
    for (;;) {
        const ssize_t count = ::recv(fd_, into.data(), into.size(), 0);
        if (count >= 0)
            return static_cast<std::size_t>(count);
        if (errno == ECONNRESET)
            return std::size_t{0};
        if (errno == EAGAIN) {
            if (auto waited = ready(POLLIN, until); !waited)
                return waited.error();
        } else if (errno != EINTR) {
            return broken(std::string("cannot be read from (") + std::strerror(errno) + ")");
        }
    }
}

} // namespace headspace::admin
