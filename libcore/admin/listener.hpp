// Sockets to listen on: made by us, handed over by systemd, or loopback TCP.
#pragma once

#include "admin/message.hpp"
#include "base/error.hpp"
#include "io/asio.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace headspace::admin {

struct unix_socket_options {
    std::string path;
    mode_t mode = 0660;
    std::string group;           // a name or number; "": our own
    bool private_folder = false; // the folder must be 0700 and ours (see socket_place)
};

/// A listening socket. Move-only; closing it removes the file that it made, and no other.
class listener {
public:
    /// Makes missing parent folders. A socket file that nobody answers on is replaced; PATH.lock is
    /// held so that of two daemons that start together one wins. Errors: conflict_here when another
    /// daemon answers there (named with its pid) or something that is no socket is in the way,
    /// socket_permission, io_failed.
    static result<listener> unix_socket(asio::any_io_executor executor,
                                        unix_socket_options options);
    /// Takes over a listening Unix socket (socket activation); its file is never removed. Errors:
    /// io_failed when `fd` is no listening Unix stream socket; `fd` is then still the caller's.
    static result<listener> adopt(asio::any_io_executor executor, int fd);
    /// "127.0.0.1:8433", "[::1]:8433" or "localhost:8433"; port 0 takes a free one. Errors:
    /// config_invalid for anything that is not loopback, io_failed.
    static result<listener> loopback(asio::any_io_executor executor, std::string_view address);

    listener(listener&&) noexcept;
    listener& operator=(listener&&) noexcept;
    ~listener();

    [[nodiscard]] scope reach() const noexcept;
    /// The path, or "127.0.0.1:8433" with the port that was really taken.
    [[nodiscard]] const std::string& where() const noexcept;
    /// Stops listening and removes the file that was made. Idempotent.
    void close() noexcept;

    struct state;
    [[nodiscard]] state& internals() noexcept { return *state_; } // for the server

private:
    explicit listener(std::unique_ptr<state> s) noexcept;
    std::unique_ptr<state> state_;
};

} // namespace headspace::admin
