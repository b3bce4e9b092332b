// The comment lines of a migration file that mean something. Private to this module.
#pragma once

#include "base/error.hpp"
#include "revisions/script.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::revisions {

enum class direction : std::uint8_t { up, down };

struct directive {
    direction way = direction::up;
    section_options options;
};

/// `comment` is a whole line comment with nothing but blanks before it. Nothing: an ordinary
/// comment. Errors: one that was meant as a directive and would be taken for a comment
/// (`indented`, other case, a typing error: statements would run in the wrong direction), and
/// unknown options.
result<std::optional<directive>> parse_directive(std::string_view comment, bool indented,
                                                 std::string_view file, std::uint32_t line);

/// What the comments above the first `migrate:up` say.
struct header {
    std::string message;
    std::optional<std::vector<std::string>> parents;
    std::uint32_t parents_line = 0;
    std::optional<std::string> revision;
    std::uint32_t revision_line = 0;
};

/// Adds one comment line; returns what is wrong with it.
[[nodiscard]] std::optional<error> read_header_line(header& h, std::string_view comment,
                                                    std::string_view file, std::uint32_t line);

} // namespace headspace::revisions
