// Making a socket file that is certainly ours. A lock file beside it is held as long as we listen:
// between looking for a living daemon and binding nobody else can do the same.
#include "admin/listener_state.hpp"
#include "admin/private_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace headspace::admin {

namespace {

error failed(const std::string& what, int number, std::string hint = {}) {
    const bool permission = number == EACCES || number == EPERM || number == EROFS;
    return make_error(permission ? errc::socket_permission : errc::io_failed, error_class::refuse,
                      what + ": " + std::strerror(number), std::move(hint));
}

error in_the_way(std::string message, std::string hint) {
    return make_error(errc::conflict_here, error_class::refuse, std::move(message),
                      std::move(hint));
}

error another_daemon(const std::string& path, pid_t pid) {
    return in_the_way("another headspaced" +
                          (pid > 0 ? " (pid " + std::to_string(pid) + ")" : std::string()) +
                          " answers on " + path,
                      "stop it, or give this one another socket (admin.socket)");
}

/// mkdir -p; a folder that is there stays as it is.
result<void> make_folder(const std::string& folder, mode_t mode) {
    if (::mkdir(folder.c_str(), mode) == 0 || errno == EEXIST)
        return {};
    if (errno == ENOENT) {
        const std::string above = folder_of(folder);
        if (above != folder) {
            if (auto made = make_folder(above, mode); !made)
                return made;
            if (::mkdir(folder.c_str(), mode) == 0 || errno == EEXIST)
                return {};
        }
    }
    return failed("cannot make the folder " + folder + " of the admin socket", errno,
                  "set admin.socket to a path where this user may write");
}

result<gid_t> group_id(const std::string& name) {
    gid_t number = 0;
    const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (ec == std::errc{} && end == name.data() + name.size())
        return number;
    std::array<char, 16384> buffer{};
    group entry{};
    group* found = nullptr;
    if (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr)
        return found->gr_gid;
    return make_error(errc::config_invalid, error_class::refuse,
                      "[admin].group: there is no group \"" + name + "\"",
                      "create it (groupadd --system " + name + ") or change the setting");
}

result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return make_error(errc::config_invalid, error_class::refuse,
                          "the path of the admin socket is too long: " + path,
                          "at most " + std::to_string(sizeof address.sun_path - 1) + " bytes");
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

pid_t pid_in(int lock) {
    std::array<char, 16> text{};
    const ssize_t count = ::pread(lock, text.data(), text.size(), 0);
    pid_t pid = 0;
    if (count > 0)
        std::from_chars(text.data(), text.data() + count, pid);
    return pid;
}

bool same_file(int fd, const std::string& path) {
    struct stat open {};
    struct stat named {};
    return ::fstat(fd, &open) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

} // namespace

unique_fd& unique_fd::operator=(unique_fd&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

void unique_fd::reset() noexcept {
    if (fd_ >= 0)
        ::close(std::exchange(fd_, -1));
}

socket_file& socket_file::operator=(socket_file&& other) noexcept {
    if (this != &other) {
        remove();
        path_ = std::move(other.path_);
        lock_ = std::move(other.lock_);
        socket_ = std::move(other.socket_);
        bound_ = std::exchange(other.bound_, false);
        device_ = other.device_;
        inode_ = other.inode_;
    }
    return *this;
}

result<socket_file> socket_file::make(const unix_socket_options& options) {
    const std::string folder = folder_of(options.path);
    if (auto made = make_folder(folder, options.private_folder ? 0700 : 0755); !made)
        return made.error();
    if (options.private_folder)
        if (auto ours = check_private_folder(folder); !ours)
            return ours.error();
    socket_file file;
    file.path_ = options.path;
    if (auto locked = file.lock(); !locked)
        return locked.error();
    if (auto clear = file.clear_the_way(); !clear)
        return clear.error();
    if (auto bound = file.bind_and_listen(options); !bound)
        return bound.error();
    return file;
}

result<void> socket_file::lock() {
    const std::string name = path_ + ".lock";
    for (;;) {
        unique_fd fd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (fd.get() < 0)
            return failed("cannot open " + name, errno,
                          "set admin.socket to a path where this user may write");
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                return another_daemon(path_, pid_in(fd.get()));
            return failed("cannot lock " + name, errno);
        }
        // Its owner may have removed the file while we opened it: then this lock guards nothing.
        if (!same_file(fd.get(), name))
            continue;
        const std::string pid = std::to_string(::getpid()) + "\n";
        if (::ftruncate(fd.get(), 0) != 0 ||
            ::pwrite(fd.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
            return failed("cannot write " + name, errno);
        lock_ = std::move(fd);
        return {};
    }
}

/// Removes a socket file that nobody listens on; anything else stays and is an error.
result<void> socket_file::clear_the_way() const {
    struct stat info {};
    if (::lstat(path_.c_str(), &info) != 0)
        return errno == ENOENT ? result<void>() : failed("cannot look at " + path_, errno);
    if (!S_ISSOCK(info.st_mode))
        return in_the_way(path_ + " is in the way: it is no socket",
                          "headspaced does not touch it; remove it or change admin.socket");
    const auto address = address_of(path_);
    if (!address)
        return address.error();
    const unique_fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (probe.get() < 0)
        return failed("cannot make a socket", errno);
    if (::connect(probe.get(), generic(*address), sizeof *address) == 0) {
        ucred owner{};
        socklen_t size = sizeof owner;
        ::getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &owner, &size);
        return another_daemon(path_, owner.pid);
    }
    if (errno == EAGAIN) // its queue is full
        return another_daemon(path_, 0);
    if (errno != ECONNREFUSED)
        return failed("cannot tell whether anybody answers on " + path_, errno,
                      "remove it or change admin.socket");
    if (::unlink(path_.c_str()) != 0 && errno != ENOENT)
        return failed("cannot replace the left-over socket " + path_, errno);
    return {};
}

/// Nobody can connect before listen(), so mode and group are in force from the first connection on.
result<void> socket_file::bind_and_listen(const unix_socket_options& options) {
    const auto address = address_of(path_);
    if (!address)
        return address.error();
    socket_ = unique_fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket_.get() < 0)
        return failed("cannot make a socket", errno);
    if (::bind(socket_.get(), generic(*address), sizeof *address) != 0)
        return failed("cannot make the admin socket " + path_, errno,
                      "set admin.socket to a path where this user may write");
    struct stat info {};
    if (::lstat(path_.c_str(), &info) != 0)
        return failed("cannot look at " + path_, errno);
    bound_ = true;
    device_ = info.st_dev;
    inode_ = info.st_ino;
    if (!options.group.empty()) {
        const auto group = group_id(options.group);
        if (!group)
            return group.error();
        if (::lchown(path_.c_str(), static_cast<uid_t>(-1), *group) != 0)
            return failed("cannot give the admin socket " + path_ + " to the group " +
                              options.group,
                          errno, "the user of headspaced must be a member of that group");
    }
    if (::chmod(path_.c_str(), options.mode & 0777U) != 0)
        return failed("cannot set the mode of " + path_, errno);
    if (::listen(socket_.get(), SOMAXCONN) != 0)
        return failed("cannot listen on " + path_, errno);
    return {};
}

void socket_file::remove() noexcept {
    if (std::exchange(bound_, false)) {
        struct stat info {};
        if (::lstat(path_.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_)
            ::unlink(path_.c_str());
    }
    socket_.reset();
    if (lock_.get() >= 0) {
        const std::string name = path_ + ".lock";
        if (same_file(lock_.get(), name))
            ::unlink(name.c_str());
        lock_.reset();
    }
}

} // namespace headspace::admin
