// Finds and reads another tool's bookkeeping in the database; migrate/adopt_rows judges it.
#pragma once

#include "migrate/adopt_rows.hpp"
#include "pg/session.hpp"

#include <string>
#include <vector>

namespace headspace::migrate {

/// Every tool's bookkeeping that the database has. Errors: query_failed, connection_lost.
asio::awaitable<result<std::vector<bookkeeping>>> find_bookkeeping(pg::session& session,
                                                                   time_point until);

/// Errors: conflict_here; query_failed (no right to read the table), connection_lost.
asio::awaitable<result<adopted>> read_bookkeeping(pg::session& session, std::string from,
                                                  const revisions::directory& files,
                                                  time_point until);

} // namespace headspace::migrate
