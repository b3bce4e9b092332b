// From renames that are known to be right to statements, both ways; and what follows from them: the
// names that the server itself gave to a renamed table's keys, indexes and sequences. Pure.
#pragma once

#include "schema/renames.hpp"
#include "schema/rules.hpp"

#include <string>
#include <vector>

namespace headspace::schema {

struct rename_step {
    const fact* what = nullptr;     // in the catalogue before
    std::vector<std::string> names; // the path afterwards, without a function's arguments
    bool stated = false;            // by a person
    // Of an enum's value or a composite type's attribute, which are no facts: as SQL writes them.
    std::string part = {};
    std::string new_part = {};
};

/// `users_pkey` becomes `people_pkey` when users becomes people and B has it so.
void add_implied_renames(std::vector<rename_step>& steps, const catalogue& from,
                         const catalogue& to);

/// Outermost first. Errors: conflict_here when a child would have to leave its parent.
result<rename_plan> write_renames(std::vector<rename_step> steps, const catalogue& from);

/// Extensions that can be moved move with all their types and functions, which then have other
/// names everywhere: so that comes first too.
void move_extensions(rename_plan& plan, const catalogue& from, const catalogue& to);

} // namespace headspace::schema
