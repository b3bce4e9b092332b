// What a listener holds; for listener.cpp, unix_socket_file.cpp and the server.
#pragma once

#include "admin/listener.hpp"
#include "base/error.hpp"

#include <string>
#include <sys/stat.h>

namespace headspace::admin {

/// A file descriptor that closes itself.
class unique_fd {
public:
    explicit unique_fd(int fd = -1) noexcept : fd_(fd) {}
    unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {}
    unique_fd& operator=(unique_fd&& other) noexcept;
    ~unique_fd() { reset(); }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    void reset() noexcept;

private:
    int fd_;
};

/// A socket file that we made and the lock that says so. Destroying it removes both, each only
/// while it is still ours.
class socket_file {
public:
    /// Folder, lock, check for a living daemon, bind, mode and group, listen. The errors are those
    /// of listener::unix_socket.
    static result<socket_file> make(const unix_socket_options& options);

    socket_file() = default;
    socket_file(socket_file&& other) noexcept { *this = std::move(other); }
    socket_file& operator=(socket_file&&) noexcept;
    ~socket_file() { remove(); }

    /// The listening socket, handed over once.
    [[nodiscard]] int release_socket() noexcept { return socket_.release(); }
    void remove() noexcept;

private:
    result<void> lock();
    result<void> clear_the_way() const;
    result<void> bind_and_listen(const unix_socket_options& options);

    std::string path_;
    unique_fd lock_;
    unique_fd socket_;
    bool bound_ = false;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

struct listener::state {
    explicit state(asio::any_io_executor executor) : acceptor(std::move(executor)) {}
    asio::posix::stream_descriptor acceptor; // only waited on; accept4 does the rest
    scope reach = scope::admin;
    bool local = true;
    std::string where;
    socket_file file;
};

} // namespace headspace::admin
