// Which lock a statement takes on tables that others use, and for how long that may hurt, guessed
// from its words (PostgreSQL, "Explicit Locking" and the page of each command). For the plan of a
// dry run; `db lint` knows the grammar. Pure.
#pragma once

#include "revisions/script.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace headspace::revisions {

struct lock_estimate {
    std::string_view lock; // "ACCESS EXCLUSIVE"; "" none on an existing table; "?" cannot be told
    std::string warning;   // what it does to others meanwhile, or to the data; "" for nothing
};

/// One for each statement, in their order. A table that the section itself creates is nobody else's
/// yet: nothing is said of it.
[[nodiscard]] std::vector<lock_estimate> estimate_locks(const section& which);

} // namespace headspace::revisions
