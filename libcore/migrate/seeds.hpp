// Puts rows into the tables of a scratch database and looks at them again. The SQL is
// migrate/seed_sql, what the looks come to is migrate/snapshot.
#pragma once

#include "base/error.hpp"
#include "migrate/snapshot.hpp"
#include "pg/session.hpp"

namespace headspace::migrate {

/// Inserts what can be inserted; that nothing can is no error.
asio::awaitable<result<void>> seed_tables(pg::session& session, time_point until);

asio::awaitable<result<data_snapshot>> take_snapshot(pg::session& session, time_point until);

/// Empties every table: for a migration that rows of no meaning would make fail.
asio::awaitable<result<void>> empty_tables(pg::session& session, time_point until);

} // namespace headspace::migrate
