// The actions that the decisions amount to, in the order in which they run; with what becomes part
// of another's statement, or happens by itself when another is dropped. Pure.
#pragma once

#include "schema/plan_decide.hpp"

#include <vector>

namespace headspace::schema {

struct action {
    enum class step : std::uint8_t { drop, alter, create, finish };
    step what = step::create;
    const fact* before = nullptr; // drop, alter, finish
    const fact* after = nullptr;  // alter, create, finish
    facts folded;                 // create: children that its statement creates too
};

/// Errors: internal (bug) with the objects of a circle.
result<std::vector<action>> order_actions(const decisions& d, const plan_context& context);

} // namespace headspace::schema
