// What GET /health says, from what is known. Pure: the one place that decides healthy or degraded.
#pragma once

#include "base/time.hpp"
#include "pool/snapshot.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace headspace::health {

/// checks.migrations. `ordered_*` states exist only where migrations.auto_upgrade ordered an
/// upgrade.
enum class migrations_state {
    unknown, // the ledger was not read yet
    none,    // there is no migrations directory
    current,
    pending,
    running,
    failed,  // the SQL of an ordered upgrade failed
    refused, // an ordered upgrade was refused: destructive, edited, several heads, out of order
    waiting, // an ordered upgrade still waits for the lock after lock_wait
};

[[nodiscard]] std::string_view to_string(migrations_state state) noexcept;

struct migrations_view {
    migrations_state state = migrations_state::unknown;
    std::string progress;     // "3/5", "3/5, index build 42 %" while running
    bool ordered = false;     // migrations.auto_upgrade is on
    bool outstanding = false; // and has not succeeded yet, whatever the ledger says
    std::string blocked_by;   // while running: who holds what it waits for, without the user
};

struct report {
    bool healthy = false;
    bool connected = false;
    wall_time since;                   // of the present status
    std::string database_error;        // empty while connected; with host and user
    std::string database_error_public; // error class and SQLSTATE only
    std::string_view check_database;   // ok | unavailable
    std::string_view check_pool;       // ok | exhausted | unavailable
    migrations_view migrations;
};

/// Degraded while the database is unavailable or an ordered upgrade did not succeed; a pending
/// migration alone is none.
report make_report(const pool::pool_snapshot& pool, const migrations_view& migrations,
                   wall_time since);

/// GET /readyz: the database is there and no ordered upgrade runs or failed.
[[nodiscard]] bool is_ready(const report& r) noexcept;

/// "migrating 3/5, index build 42 %", "migrating 3/5, waiting for pid 4711 (psql, ...)".
std::string migrating_line(const migrations_view& m);

/// One line for STATUS=, without host, user or SQL: every local user can read it.
std::string status_line(const pool::pool_snapshot& pool, const report& r);

} // namespace headspace::health
