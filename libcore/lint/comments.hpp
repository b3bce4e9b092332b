// What the comments of a file say about the linter: squawk-ignore, squawk-ignore-file,
// headspace:nolint. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::lint {

/// Where a finding is, and from where to where its statement goes.
struct span_of_lines {
    std::uint32_t line = 1;
    std::uint32_t first = 1;
    std::uint32_t last = 1;
};

class ignore_comments {
public:
    /// `text` is the whole file, or its part that begins at `first_line`.
    explicit ignore_comments(std::string_view text, std::uint32_t first_line = 1);

    /// A comment on a line of its own covers what comes next, the whole statement when one begins
    /// there; one behind code covers its line, and the statement that begins or ends on it.
    [[nodiscard]] bool cover(std::string_view rule, const span_of_lines& where) const;

private:
    struct entry {
        std::vector<std::string> rules; // none: all
        std::uint32_t line = 0;         // that it covers; 0: the file
        bool behind_code = false;

        [[nodiscard]] bool names(std::string_view rule) const;
    };
    std::vector<entry> entries_;
};

} // namespace headspace::lint
