// Folders that only we can look into, for what lives no longer than a task. Short file operations.
#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace headspace {

/// A new folder in `parent`, mode 0700, called PREFIX and six letters. Errors: io_failed (refuse).
result<std::filesystem::path> make_temporary_folder(const std::filesystem::path& parent,
                                                    const std::string& prefix);

/// One that goes, with everything in it, when this is destroyed.
class temporary_folder {
public:
    /// In `wanted`, or in the system's temporary directory when that is no folder to write in.
    static result<temporary_folder> make(const std::filesystem::path& wanted,
                                         const std::string& prefix);
    temporary_folder(temporary_folder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    temporary_folder& operator=(temporary_folder&&) = delete;
    ~temporary_folder();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    explicit temporary_folder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_; // empty: moved from
};

} // namespace headspace
