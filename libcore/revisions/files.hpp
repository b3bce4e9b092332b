// Reading and writing single files, POSIX underneath. For this module, and for whoever writes
// a file beside it.
#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace headspace::revisions {

/// The whole of a regular file; opening never waits for a pipe's other end. Errors:
/// unreadable_directory naming `shown` and the reason.
result<std::string> read_whole_file(const std::filesystem::path& path, std::string_view shown);

enum class when_there { replace, refuse };

/// Writes a temporary file (a name that begins with a dot) beside `path`, syncs it and renames it.
/// Its mode is `mode`, else what the umask leaves of 0666. Errors: conflict_here when `path` exists
/// and `refuse` is asked for, unreadable_directory else.
result<void> write_whole_file(const std::filesystem::path& path, std::string_view text,
                              when_there existing, std::optional<mode_t> mode = std::nullopt);

/// Excludes other writers of the folder as long as it lives; readers do not mind.
class folder_lock {
public:
    static result<folder_lock> take(const std::filesystem::path& folder);
    folder_lock(folder_lock&& other) noexcept;
    folder_lock& operator=(folder_lock&&) = delete;
    ~folder_lock();

private:
    explicit folder_lock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

[[nodiscard]] error folder_error(std::string_view what, const std::filesystem::path& path,
                                 int reason);

} // namespace headspace::revisions
