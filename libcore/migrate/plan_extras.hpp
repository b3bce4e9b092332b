// What only Flyway's directories have, put into a plan: repeatable scripts, which are no revisions
// of the graph, and a baseline, which stands in for many. Internal to migrate; pure.
//
// A repeatable script has a row of the ledger like a revision ("R__views"). It is pending when
// there is no such row or its checksum is another, and is applied once nothing else is pending; the
// row is then replaced. Reverting a revision forgets these rows, so that what the script makes is
// made again by the next upgrade. A baseline is applied to a database without any revision in place
// of the last one that it replaces; those before it are recorded in the same transaction as
// stamped.
#pragma once

#include "migrate/plan.hpp"

#include <vector>

namespace headspace::migrate {

/// The rows of revisions: what everything but this file works on.
ledger_state without_repeatables(const ledger_state& ledger);

/// The repeatable scripts that are to be applied (again), in their order.
std::vector<const revisions::script*> changed_repeatables(const revisions::directory& files,
                                                          const ledger_state& ledger);

/// The plan with both, and with the directory's notes as warnings. Errors: those of make_plan().
result<plan> with_extras(plan made, const revisions::directory& files, const ledger_state& ledger,
                         const plan_request& request);

} // namespace headspace::migrate
