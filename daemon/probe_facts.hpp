// What a probe of the database saw, before anything is decided. Values only.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "daemon/budget.hpp"
#include "migrate/ledger.hpp"
#include "migrate/progress.hpp"
#include "migrate/status.hpp"
#include "pg/host_connector.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headspace::daemon {

/// One way to the database: the pool's, or that of migrations.url.
struct probed_way {
    config::conninfo target;
    std::string sslmode; // asked for at the first host
    std::string ca_file; // "" when none is used
    std::vector<pg::attempt_report> attempts;
    std::optional<error> failure; // of the whole round; nothing: connected
    pg::server_facts server;
    duration took{};
};

struct probed_role {
    std::string name;
    bool superuser = false;
    bool createdb = false;
    bool signals = false;             // may end backends of other roles
    std::int64_t limit = -1;          // CONNECTION LIMIT of the role, -1: none
    std::int64_t database_limit = -1; // of the database
    duration clock_ahead{}; // the server's clock minus ours, as far as the round trip lets us know
    duration round_trip{};
};

struct probed_transaction {
    migrate::lock_holder who;
    duration age{};
    std::uint64_t locks = 0; // on tables of this database
};

struct probed_locks {
    std::optional<migrate::lock_holder> migrating; // holds the advisory lock
    std::vector<probed_transaction> longest;       // beyond health.long_transaction
    std::vector<migrate::lock_holder> blocking;    // somebody waits for them
};

/// A client of the server and how many connections it has.
using connection_share = std::pair<std::string, std::uint64_t>;

struct probe_limits {
    std::uint32_t pool_size = 0;
    duration long_transaction{};
    duration clock_skew{};
    std::string system_user;       // as whom this process runs
    bool creates_database = false; // --test, embedded: a missing database is made by the daemon
};

/// Nothing: it was not asked, because there was no connection.
struct probe_facts {
    bool embedded_away = false;        // the embedded PostgreSQL, and no daemon to run it
    std::string config_file;           // "" without one
    std::vector<std::string> warnings; // of the configuration
    probed_way pooled;
    std::optional<probed_way> migrating; // with migrations.url
    std::optional<result<connection_budget>> budget;
    std::vector<connection_share> shares;
    std::optional<result<probed_role>> role; // that migrates
    std::optional<result<migrate::server_view>> view;
    std::optional<result<probed_locks>> locks;
    std::optional<migrate::migration_status> migrations;
};

} // namespace headspace::daemon
