// What looks like a rename that nobody stated: said, and never done. Pure.
#pragma once

#include "schema/diff.hpp"
#include "schema/rules.hpp"

#include <string>
#include <vector>

namespace headspace::schema {

std::vector<std::string> rename_hints(const difference& d, const plan_context& context);

} // namespace headspace::schema
