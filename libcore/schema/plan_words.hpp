// What changed, in the words that people know from Alembic. Pure.
#pragma once

#include "schema/diff.hpp"
#include "schema/rules.hpp"

#include <string>
#include <vector>

namespace headspace::schema {

/// "Detected added table 'users'", in the order of ids: added, removed, changed.
std::vector<std::string> detected_lines(const difference& d, const plan_context& context);

} // namespace headspace::schema
