#include "embedded/folders.hpp"

#include "base/temporary_folder.hpp"
#include "base/text.hpp"
#include "embedded/server_settings.hpp"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace headspace::embedded {

namespace {

constexpr const char* lock_name = "headspace.lock";
constexpr const char* ephemeral_prefix = "headspace-ephemeral.";
constexpr const char* sockets_prefix = "hs.";

error cannot(const std::string& what, const fs::path& where, int number = errno,
             std::string hint = {}) {
    return make_error(errc::io_failed, error_class::refuse,
                      "cannot " + what + " " + where.string() + ": " +
                          std::error_code(number, std::generic_category()).message(),
                      std::move(hint));
}

uid_t server_uid(const server_account& account) {
    return account ? account->uid : ::geteuid();
}

std::string name_of(uid_t uid) {
    const auto found = io::find_account(uid);
    return found ? "'" + found->name + "'" : "user id " + std::to_string(uid);
}

// Parents are for everyone to enter when root makes them: the server runs as somebody else.
result<void> make_parents(const fs::path& folder) {
    const fs::path parent = folder.parent_path();
    if (parent.empty() || fs::exists(parent))
        return {};
    if (auto made = make_parents(parent); !made)
        return made.error();
    const mode_t mode = ::geteuid() == 0 ? 0755 : 0700;
    if (::mkdir(parent.c_str(), mode) != 0 && errno != EEXIST)
        return cannot("make the folder", parent);
    if (::geteuid() == 0)
        ::chmod(parent.c_str(), mode); // whatever the umask took away
    return {};
}

bool holds_only_the_lock(const fs::path& folder) {
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(folder, ec))
        if (entry.path().filename() != lock_name)
            return false;
    return !ec;
}

result<void> make_own_folder(const fs::path& folder, const server_account& account) {
    if (auto parents = make_parents(folder); !parents)
        return parents.error();
    const bool made = ::mkdir(folder.c_str(), 0700) == 0;
    if (!made && errno != EEXIST)
        return cannot("make the folder", folder, errno,
                      "give the user " + name_of(::geteuid()) +
                          " the right to, or set embedded.data_directory");
    struct stat facts {};
    if (::stat(folder.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode))
        return cannot("use the folder", folder, errno != 0 ? errno : ENOTDIR);
    const uid_t wanted = server_uid(account);
    if (facts.st_uid != wanted && facts.st_uid == ::geteuid() && holds_only_the_lock(folder)) {
        if (auto given = give_to(folder, account); !given)
            return given.error();
        ::chmod(folder.c_str(), 0700);
    } else if (facts.st_uid != wanted) {
        return make_error(errc::io_failed, error_class::refuse,
                          folder.string() + " belongs to " + name_of(facts.st_uid) +
                              ", and the server would run as " + name_of(wanted),
                          "run headspaced as that user, or set embedded.data_directory to another "
                          "folder");
    }
    return {};
}

error held_by_another(const fs::path& folder, int fd) {
    char text[32] = {};
    const ssize_t n = ::pread(fd, text, sizeof text - 1, 0);
    const std::string pid(trim({text, n > 0 ? static_cast<std::size_t>(n) : 0}));
    return make_error(
        errc::conflict_here, error_class::refuse,
        "another headspaced" + (pid.empty() ? "" : " (pid " + pid + ")") +
            " runs the PostgreSQL in " + folder.string(),
        "talk to that one, stop it, or set embedded.data_directory to another folder");
}

// True when the path still names the file that is open: its last owner may have removed it.
bool is_still(int fd, const fs::path& file) {
    struct stat open_file {};
    struct stat named {};
    return ::fstat(fd, &open_file) == 0 && ::lstat(file.c_str(), &named) == 0 &&
           open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

result<int> lock_file_in(const fs::path& folder, const server_account& account) {
    const fs::path file = folder / lock_name;
    for (;;) {
        const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return cannot("open", file);
        if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
            const error other = held_by_another(folder, fd);
            ::close(fd);
            return other;
        }
        if (is_still(fd, file)) {
            if (account && ::fchown(fd, account->uid, account->gid) != 0) {
                const int number = errno;
                ::close(fd);
                return cannot("give away", file, number);
            }
            return fd;
        }
        ::close(fd);
    }
}

// Whether a server that lives owns the socket in this folder: one whose data directory is another,
// and whose headspaced was killed a moment ago.
bool has_live_server(const fs::path& folder, std::uint16_t port) {
    const auto text = read_small_file(folder / (".s.PGSQL." + std::to_string(port) + ".lock"));
    if (!text)
        return false;
    const auto lines = split(*text, '\n');
    const auto command = read_small_file(fs::path("/proc") / std::string(trim(lines[0])) / "comm");
    return command && trim(*command) == "postgres" && lines.size() > 1 &&
           !processes_using(std::string(trim(lines[1]))).empty();
}

bool may_enter(const fs::path& folder, const server_account& account) {
    if (!account)
        return true;
    for (fs::path part = folder; !part.empty(); part = part.parent_path()) {
        struct stat facts {};
        if (::stat(part.c_str(), &facts) != 0)
            return false;
        const mode_t needed = facts.st_uid == account->uid   ? S_IXUSR
                              : facts.st_gid == account->gid ? S_IXGRP
                                                             : S_IXOTH;
        if ((facts.st_mode & needed) == 0)
            return false;
        if (part == part.root_path())
            break;
    }
    return true;
}

bool is_private_to(uid_t uid, const fs::path& folder) {
    struct stat facts {};
    return ::lstat(folder.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode) && facts.st_uid == uid &&
           (facts.st_mode & 077) == 0;
}

// Ephemeral clusters and socket folders whose owner was killed.
void remove_abandoned(const fs::path& temporary, const server_account& account) {
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(temporary, ec)) {
        const fs::path& folder = entry.path();
        const std::string name = folder.filename();
        const bool ephemeral = name.starts_with(ephemeral_prefix);
        if ((!ephemeral && !name.starts_with(sockets_prefix)) ||
            !is_private_to(server_uid(account), folder))
            continue;
        const fs::path locked = ephemeral ? folder / "data" : folder;
        std::error_code missing;
        if (!fs::is_regular_file(fs::symlink_status(locked / lock_name, missing)))
            continue;
        const int fd = ::open((locked / lock_name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            continue;
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && is_still(fd, locked / lock_name) &&
            processes_using(locked).empty()) {
            std::error_code ignored;
            fs::remove_all(folder, ignored);
        }
        ::close(fd);
    }
}

result<fs::path> make_temporary(const fs::path& parent, const char* prefix,
                                const server_account& account) {
    auto made = make_temporary_folder(parent, prefix);
    if (made.has_error())
        return made.error();
    if (auto given = give_to(*made, account); !given)
        return given.error();
    return *made;
}

} // namespace

std::optional<std::string> read_small_file(const fs::path& file) {
    std::ifstream in(file);
    if (!in)
        return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

result<void> give_to(const fs::path& file, const server_account& account) {
    if (account && ::lchown(file.c_str(), account->uid, account->gid) != 0)
        return cannot("give the user " + account->name + " the folder", file);
    return {};
}

result<folder_lock> folder_lock::take(const fs::path& folder, const server_account& account) {
    if (auto made = make_own_folder(folder, account); !made)
        return made.error();
    const auto fd = lock_file_in(folder, account);
    if (!fd)
        return fd.error();
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(*fd, 0) != 0 ||
        ::pwrite(*fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        const int number = errno;
        ::close(*fd);
        return cannot("write", folder / lock_name, number);
    }
    return folder_lock(*fd, folder);
}

folder_lock& folder_lock::operator=(folder_lock&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(folder_, other.folder_);
    return *this;
}

folder_lock::~folder_lock() {
    if (fd_ >= 0)
        ::close(fd_);
}

result<void> folder_lock::replace_by(const fs::path& made) {
    const fs::path ours = folder_ / lock_name;
    const fs::path theirs = made / lock_name;
    const std::string hint = "a mount point cannot be replaced: set embedded.data_directory to a "
                             "folder inside it";
    if (::link(ours.c_str(), theirs.c_str()) != 0)
        return cannot("move the lock to", theirs, errno, hint);
    // Whoever makes a lock file of his own from here to the rename makes the rename fail: one of
    // us two starts, and the cluster that is thrown away was never used.
    ::unlink(ours.c_str());
    if (::rename(made.c_str(), folder_.c_str()) != 0) {
        const int number = errno;
        ::rename(theirs.c_str(), ours.c_str());
        return cannot("move the new cluster to", folder_, number, hint);
    }
    return {};
}

result<std::optional<std::string>> pg_version_of(const fs::path& data_directory) {
    const auto version = read_small_file(data_directory / "PG_VERSION");
    if (version)
        return version;
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(data_directory, ec))
        if (entry.path().filename() != lock_name)
            return make_error(errc::conflict_here, error_class::refuse,
                              data_directory.string() +
                                  " is not empty and holds no PostgreSQL cluster (" +
                                  entry.path().filename().string() + " is there)",
                              "set embedded.data_directory to an empty or new folder");
    if (ec)
        return cannot("read", data_directory, ec.value());
    return std::optional<std::string>{};
}

std::vector<pid_t> processes_using(const fs::path& data_directory) {
    std::vector<pid_t> found;
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator("/proc", ec)) {
        const std::string name = entry.path().filename();
        pid_t pid = 0;
        const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (bad != std::errc{} || end != name.data() + name.size() || pid == ::getpid())
            continue;
        const auto command = read_small_file(entry.path() / "comm");
        std::error_code gone;
        if (command && trim(*command) == "postgres" &&
            fs::read_symlink(entry.path() / "cwd", gone) == data_directory && !gone)
            found.push_back(pid);
    }
    return found;
}

void remove_unfinished(const fs::path& data_directory) {
    const std::string prefix = data_directory.filename().string() + ".tmp-";
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(data_directory.parent_path(), ec))
        if (entry.path().filename().string().starts_with(prefix)) {
            std::error_code ignored;
            fs::remove_all(entry.path(), ignored);
        }
}

result<fs::path> make_ephemeral(const fs::path& temporary, const server_account& account) {
    const fs::path parent = may_enter(temporary, account) ? temporary : fs::path("/tmp");
    remove_abandoned(parent, account);
    return make_temporary(parent, ephemeral_prefix, account);
}

result<socket_folder> socket_folder::claim(const fs::path& runtime_directory, std::uint16_t port,
                                           const server_account& account) {
    const bool usable = !runtime_directory.empty() &&
                        make_parents(runtime_directory / "postgres") &&
                        may_enter(runtime_directory, account);
    for (int n = 1; n <= 9 && usable; ++n) {
        const fs::path folder =
            runtime_directory / (n == 1 ? "postgres" : "postgres-" + std::to_string(n));
        if (!fits_socket(folder.string(), port))
            break;
        auto lock = folder_lock::take(folder, account);
        if (lock && !has_live_server(folder, port)) {
            socket_folder claimed(std::move(*lock));
            claimed.clean();
            return claimed;
        }
    }
    remove_abandoned("/tmp", account);
    const auto made = make_temporary("/tmp", sockets_prefix, account);
    if (!made)
        return made.error();
    auto lock = folder_lock::take(*made, account);
    if (!lock)
        return lock.error();
    return socket_folder(std::move(*lock));
}

void socket_folder::clean() const {
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(path(), ec))
        if (entry.path().filename() != lock_name) {
            std::error_code ignored;
            fs::remove(entry.path(), ignored);
        }
}

socket_folder::~socket_folder() {
    if (!lock_)
        return;
    clean();
    std::error_code ignored;
    fs::remove(path() / lock_name, ignored);
    fs::remove(path(), ignored);
}

} // namespace headspace::embedded
