// A directory that lives as long as a test, with a path short enough for Unix sockets.
#pragma once

#include <filesystem>
#include <string>

namespace headspace::test {

class temp_directory {
public:
    /// Below $TMPDIR when that is short, else below /tmp; mode 0700.
    explicit temp_directory(const std::string& prefix = "hs");
    ~temp_directory();
    temp_directory(const temp_directory&) = delete;
    temp_directory& operator=(const temp_directory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// Throws std::runtime_error when the file cannot be read.
std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, const std::string& text);

} // namespace headspace::test
