// headspace.sum: one line for each file of versions/, in version order. Pure.
//
//     headspace.sum 1
//     20261121100000_create_users.sql sha256:<64 hex digits> chain:<64 hex digits>
//
// sha256 is that of the file's text with LF line ends and without a byte-order mark. chain is
// SHA-256 over the chain digits of the line before (nothing for the first), a blank,
// the file's name, a blank, its sha256 and a line feed. So a change in one file shows in that line
// and in every later one, and two branches that both append conflict in Git.
#pragma once

#include "base/error.hpp"
#include "revisions/graph.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::revisions {

inline constexpr std::string_view sum_file_name = "headspace.sum";

struct sum_line {
    std::string file;
    std::string checksum;
    std::string chain;
    std::uint32_t line = 0; // in headspace.sum
};

struct sum_difference {
    enum class kind : std::uint8_t { added, edited, removed, reordered };
    kind what = kind::added;
    std::string file;
    std::uint32_t line = 0; // in headspace.sum; where it would have to be, for `added`

    /// "headspace.sum:3: 2026..._x.sql was edited since"
    [[nodiscard]] std::string text() const;
};

/// The whole file for these scripts, ready to be written.
[[nodiscard]] std::string compute_sum(const std::vector<script>& scripts);

/// Errors: malformed_file with "headspace.sum:line" (a conflict left by Git is named as such).
result<std::vector<sum_line>> parse_sum(std::string_view text);

/// What differs between the sum and the files; empty: nothing.
[[nodiscard]] std::vector<sum_difference> compare_sum(const std::vector<sum_line>& sum,
                                                      const std::vector<script>& scripts);

} // namespace headspace::revisions
