// A non-blocking Unix socket driven with poll(2): every step has a deadline, every failure names
// the path. Internal to the client.
#pragma once

#include "admin/socket_path.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::admin {

/// The first place that exists (or that we may not look at). Errors: daemon_unreachable, naming
/// every place that was looked at; conflict_here for a folder in /tmp that is not ours alone, where
/// anybody could pretend to be the daemon.
[[nodiscard]] result<std::string> choose_socket(const std::vector<socket_place>& places);

class client_socket {
public:
    /// Errors: daemon_unreachable, socket_permission (with the group that owns the socket).
    static result<client_socket> connect(const std::string& path, time_point until);

    client_socket(client_socket&& other) noexcept;
    client_socket& operator=(client_socket&&) = delete;
    ~client_socket();

    result<void> write(std::string_view bytes, time_point until);
    /// 0 at the end of the stream.
    result<std::size_t> read(std::span<char> into, time_point until);
    /// The last write failed because the other end is closed.
    [[nodiscard]] bool peer_closed() const noexcept { return peer_closed_; }
    /// daemon_unreachable: "the daemon at PATH " + what.
    [[nodiscard]] error broken(const std::string& what) const;

private:
    client_socket(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
    result<void> ready(short events, time_point until) const;

    int fd_;
    std::string path_;
    bool peer_closed_ = false;
};

} // namespace headspace::admin
