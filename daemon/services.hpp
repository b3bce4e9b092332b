// What the handlers of the admin protocol may use. Owned by app; valid as long as the server runs.
#pragma once

#include "admin/message.hpp"
#include "admin/router.hpp"
#include "daemon/configuration.hpp"
#include "daemon/event_feed.hpp"
#include "daemon/history.hpp"
#include "daemon/lifecycle.hpp"
#include "daemon/loop_lag.hpp"
#include "daemon/migrations.hpp"
#include "daemon/operations.hpp"
#include "daemon/peer_names.hpp"
#include "daemon/tally.hpp"
#include "health/monitor.hpp"
#include "log/log.hpp"
#include "migrate/generate.hpp"
#include "pg/host_connector.hpp"
#include "pool/pool.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace headspace::daemon {

/// What a reload came to, for the reply and the log.
struct reload_outcome {
    std::vector<std::string> changed;
    std::vector<std::string> needs_restart;
    std::vector<std::string> diagnostics; // not empty: refused, the old configuration is in force
};

struct services {
    pool::pool& pool;
    health::monitor& monitor;
    migrations& schema;
    operations& ops;
    configuration& config;
    lifecycle& life;
    log::logger& logger;
    event_feed& events;
    peer_names& peers;
    std::function<asio::awaitable<reload_outcome>()> reload;
    std::function<std::string()> target;         // the masked form of what is connected to
    std::function<std::string()> server_version; // "" before the first connection
    /// How migrations connect now, and what that was made from.
    std::function<std::shared_ptr<pg::connector>()> migration_connector;
    std::function<pg::connect_settings()> migration_connection;
    std::string socket;
    history past; // pool.snapshot() counts for this process, past.total() for the service
    migrate::generator& generator;
    std::function<void(const secret&)> hide; // from the log, from now on
    std::function<tally()> counted;          // by this process
    loop_lag& lag;
    wall_time process_started;
    std::shared_ptr<const pg::timelines> timelines;
};

} // namespace headspace::daemon
