// The folders of the private PostgreSQL: who owns them, what is in them, who still uses them.
// Short file operations, no waiting.
#pragma once

#include "base/error.hpp"
#include "io/child_process.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headspace::embedded {

namespace fs = std::filesystem;

/// Who the server runs as when that is not us.
using server_account = std::optional<io::account>;

/// headspace.lock in a folder, held (flock) until it is destroyed or the process ends, however it
/// ends. Its text is our pid.
class folder_lock {
public:
    /// Makes the folder (mode 0700, owned by whoever runs the server) and its parents. Errors:
    /// conflict_here (refuse) naming the pid when another process holds it; io_failed (refuse) when
    /// the folder cannot be made or belongs to somebody else.
    static result<folder_lock> take(const fs::path& folder, const server_account& account);

    folder_lock(folder_lock&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), folder_(std::move(other.folder_)) {}
    folder_lock& operator=(folder_lock&& other) noexcept;
    ~folder_lock();

    [[nodiscard]] const fs::path& folder() const { return folder_; }
    /// Gives `made` the folder's name, in one step: before it the folder holds nothing but the
    /// lock, after it all of `made` and the same lock.
    result<void> replace_by(const fs::path& made);

private:
    folder_lock(int fd, fs::path folder) : fd_(fd), folder_(std::move(folder)) {}
    int fd_ = -1;
    fs::path folder_;
};

/// Gives a file or folder to the account, if there is one. Symbolic links are not followed.
result<void> give_to(const fs::path& file, const server_account& account);

/// What a data directory holds besides the lock: nothing, the text of PG_VERSION, or an error
/// (conflict_here, refuse) when it is something else.
result<std::optional<std::string>> pg_version_of(const fs::path& data_directory);

/// Every running `postgres` whose working directory it is; zombies do not count.
std::vector<pid_t> processes_using(const fs::path& data_directory);

/// Half-made clusters (FOLDER.tmp-PID) of starts that were killed. Only under the folder's lock.
void remove_unfinished(const fs::path& data_directory);

/// A new folder for an ephemeral cluster, in `temporary` or, where the server may not enter that,
/// in /tmp. Those whose owner was killed are removed from there first.
result<fs::path> make_ephemeral(const fs::path& temporary, const server_account& account);

/// Where the server's socket and our notify socket are. Removed with what is in it when destroyed.
class socket_folder {
public:
    /// RUNTIME/postgres, or -2 to -9 when other servers have the first ones, or a new folder in
    /// /tmp when none of these can be used or their names are too long for a socket.
    static result<socket_folder> claim(const fs::path& runtime_directory, std::uint16_t port,
                                       const server_account& account);

    socket_folder(socket_folder&& other) noexcept
        : lock_(std::exchange(other.lock_, std::nullopt)) {}
    socket_folder& operator=(socket_folder&&) = delete;
    ~socket_folder();

    [[nodiscard]] const fs::path& path() const { return lock_->folder(); }
    [[nodiscard]] fs::path notify_socket() const { return path() / "notify"; }
    /// Removes sockets that a killed server left.
    void clean() const;

private:
    explicit socket_folder(folder_lock lock) : lock_(std::move(lock)) {}
    std::optional<folder_lock> lock_;
};

/// The whole text of a small file, nothing when it cannot be read.
std::optional<std::string> read_small_file(const fs::path& file);

} // namespace headspace::embedded
