// Paths of objects as people write them in renames. Pure.
#pragma once

#include "base/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::schema {

struct written_path {
    std::vector<std::string> names;       // folded to lower case unless quoted
    std::optional<std::string> arguments; // of a function: "integer, text"
};

/// `public."Order".id`, `area(integer)`. An error names what is wrong with it.
result<written_path> parse_path(std::string_view text);

} // namespace headspace::schema
