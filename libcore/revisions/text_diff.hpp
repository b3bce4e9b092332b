// The difference of two texts as a unified diff, line by line: the shortest edit script after
// E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headspace::revisions {

struct diff_options {
    std::string from; // after "--- "
    std::string to;   // after "+++ "
    std::size_t context = 3;
    /// Texts that differ by more lines are shown as replaced whole: the time grows with the square.
    std::size_t most_edits = 1000;
    std::size_t most_lines = 400; // of the diff; what is cut off is counted in its last line
};

/// "" when the texts are the same.
[[nodiscard]] std::string unified_diff(std::string_view from, std::string_view to,
                                       const diff_options& options);

} // namespace headspace::revisions
