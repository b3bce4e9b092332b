#include "revisions/files.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace headspace::revisions {

namespace {

/// Closes on every way out.
class descriptor {
public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

/// Renames without replacing; some file systems only know how to link.
int rename_new(const char* from, const char* to) {
    if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (::link(from, to) != 0)
        return -1;
    ::unlink(from);
    return 0;
}

void sync_folder(const std::filesystem::path& folder) {
    // Best effort: the contents are synced, and not every file system syncs folders.
    const descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() >= 0)
        ::fsync(fd.get());
}

} // namespace

error folder_error(std::string_view what, const std::filesystem::path& path, int reason) {
    error e = make_error(errc::unreadable_directory, error_class::refuse,
                         "cannot " + std::string(what) + " " + path.string() + ": " +
                             std::generic_category().message(reason));
    if (reason == EACCES || reason == EPERM)
        e.hint = "uid " + std::to_string(::geteuid()) + " needs the right to do so";
    e.file = path.string();
    return e;
}

result<std::string> read_whole_file(const std::filesystem::path& path, std::string_view shown) {
    const auto failed = [&](int reason) {
        return folder_error("read", shown, reason);
    };
    const descriptor fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat facts {};
    if (fd.get() < 0 || ::fstat(fd.get(), &facts) != 0)
        return failed(errno);
    if (!S_ISREG(facts.st_mode))
        return make_error(errc::unreadable_directory, error_class::refuse,
                          std::string(shown) + " is not a regular file");
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(errno);
        if (n == 0)
            return text;
        text.append(buffer.data(), static_cast<std::size_t>(n));
    }
}

result<void> write_whole_file(const std::filesystem::path& path, std::string_view text,
                              when_there existing, std::optional<mode_t> mode) {
    const std::filesystem::path temporary =
        path.parent_path() /
        ("." + path.filename().string() + "." + std::to_string(::getpid()) + ".tmp");
    ::unlink(temporary.c_str()); // of a process that had our id and died here
    {
        const descriptor fd(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
        if (fd.get() < 0)
            return folder_error("write", path, errno);
        if ((mode && ::fchmod(fd.get(), *mode) != 0) || !write_all(fd.get(), text) ||
            ::fsync(fd.get()) != 0) {
            const int reason = errno;
            ::unlink(temporary.c_str());
            return folder_error("write", path, reason);
        }
    }
    const int renamed = existing == when_there::replace
                            ? ::rename(temporary.c_str(), path.c_str())
                            : rename_new(temporary.c_str(), path.c_str());
    if (renamed != 0) {
        const int reason = errno;
        ::unlink(temporary.c_str());
        if (reason == EEXIST && existing == when_there::refuse)
            return make_error(errc::conflict_here, error_class::refuse,
                              path.string() + " exists already");
        return folder_error("write", path, reason);
    }
    sync_folder(path.parent_path());
    return {};
}

result<folder_lock> folder_lock::take(const std::filesystem::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return folder_error("open", folder, errno);
    folder_lock lock(fd);
    while (::flock(fd, LOCK_EX) != 0)
        if (errno != EINTR)
            return folder_error("lock", folder, errno);
    return lock;
}

folder_lock::folder_lock(folder_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

folder_lock::~folder_lock() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

} // namespace headspace::revisions
