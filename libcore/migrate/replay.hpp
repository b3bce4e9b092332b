// Runs the ups of migration files in a scratch database, as the runner would and without a ledger.
#pragma once

#include "migrate/load_declared.hpp"
#include "migrate/scratch.hpp"
#include "revisions/script.hpp"

#include <string>
#include <vector>

namespace headspace::migrate {

/// One half of a revision, ready to run.
struct replayed {
    std::string file; // "20261121100000_create_users.sql"
    revisions::section section;
};

struct replay_failure {
    std::size_t statement = 0; // from 1; 0: none of them, the COMMIT for instance
    error why;                 // as the server said it
};

/// Runs one section from statement `from` (1: all of it): in one transaction, or each by itself
/// where the file says so; afterwards role and settings are those of a fresh connection. Nothing
/// when it is done.
asio::awaitable<std::optional<replay_failure>> run_section(pg::session& session,
                                                           const scratch& databases,
                                                           const revisions::section& section,
                                                           std::size_t from, time_point until);

/// All of them in order. Commands that would change the whole server are left out, with a line in
/// `notes`. Errors: malformed_file for what the runner would refuse; migration_failed with
/// file:line; cancelled, timed_out, connection_lost.
asio::awaitable<result<void>> replay(pg::session& session, const scratch& databases,
                                     std::vector<replayed> files, count_sink told,
                                     std::vector<std::string>& notes, time_point until);

} // namespace headspace::migrate
