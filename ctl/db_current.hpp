// What is applied, asked of the daemon by verbs that otherwise need none.
#pragma once

#include "base/error.hpp"
#include "revisions/graph.hpp"

namespace headspace::ctl {

struct context;

/// What the database's ledger says is the current revision; an answer only the daemon has. Errors:
/// its own, database_unavailable when it does not know.
result<revisions::revision_set> ask_current(context& ctx);

/// `current` and everything before it.
[[nodiscard]] revisions::revision_set applied_of(const revisions::graph& graph,
                                                 const revisions::revision_set& current);

} // namespace headspace::ctl
