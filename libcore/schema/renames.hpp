// Renames are done only when somebody states them. They come first, by themselves: they are run on
// A, A is read again (so that the server itself says what every definition text looks like
// afterwards), and plan_changes() compares the rest. Pure.
//
//     up   = plan_renames(a, b).forward + plan_changes(a', b)
//     down = plan_changes(b, a') + plan_renames(a, b).backward
#pragma once

#include "base/error.hpp"
#include "schema/plan.hpp"

#include <string>
#include <vector>

namespace headspace::schema {

/// `public.users.name -> public.users.full_name`, as it was written.
struct stated_rename {
    std::string from;
    std::string to;
    std::string where; // "schema/users.sql:12" or "--rename", for messages
};

struct rename_plan {
    std::vector<planned_statement> forward;
    std::vector<planned_statement> backward;
    std::vector<std::string> detected; // "Detected rename of column 'users.name' to 'full_name'"
    std::vector<std::string> notes;    // annotations whose old name is gone

    [[nodiscard]] bool empty() const { return forward.empty(); }
};

/// Names without a schema are looked for in `public`. Errors: conflict_here when a path names
/// several things, or the new name is in `from` as well, or is not in `to`.
result<rename_plan> plan_renames(const catalogue& from, const catalogue& to,
                                 const std::vector<stated_rename>& renames);

} // namespace headspace::schema
