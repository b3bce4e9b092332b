// From the parser's tree to facts. Pure.
#pragma once

#include "base/error.hpp"
#include "lint/fact.hpp"

#include <cstddef>
#include <string_view>

namespace headspace::lint {

/// `json` is the tree of one statement, `sql` its text. Errors: io_failed when the tree is deeper
/// than `depth` or no tree at all.
result<simplified> simplify(std::string_view json, std::string_view sql, std::size_t depth);

} // namespace headspace::lint
