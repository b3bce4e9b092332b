// The script that a DBA runs by hand with psql instead of `upgrade` or `downgrade`: the same
// statements in the same transactions, with the ledger's rows, so that headspaced goes on from
// there as if it had run them itself. Pure.
#pragma once

#include "base/error.hpp"
#include "revisions/graph.hpp"

#include <string>

namespace headspace::revisions {

struct offline_request {
    bool down = false;
    revision_list path;         // in the order in which they run; all with a file
    bool create_ledger = false; // the database may have none yet
    duration lock_timeout{};    // where the file says nothing
    std::string title;          // for the first line: "upgrade 1:3"
};

/// psql stops at the first error (ON_ERROR_STOP) and nothing of the transaction it is in remains.
/// Each transaction first makes sure that the ledger is where the script begins. Errors: those of
/// forbidden_statements(), no_down, unknown_revision.
result<std::string> render_offline_script(const graph& g, const offline_request& what);

} // namespace headspace::revisions
