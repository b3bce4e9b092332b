// Which keys a reload carries out, and who reads them then. A key that is only read at the start
// must say so (`needs_restart`), or a reload reports a change that has no effect.
#include "config/settings_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace headspace;
using namespace headspace::config;
using testing::ElementsAreArray;

namespace {

const std::vector<std::string> carried_out_by_a_reload{
    // A changed connection: the daemon makes a new connector of them (connect settings).
    "database.url",
    "database.host",
    "database.port",
    "database.name",
    "database.user",
    "database.password",
    "database.password_file",
    "database.sslmode",
    "database.sslrootcert",
    "database.sslcert",
    "database.sslkey",
    "database.target_session_attrs",
    "database.connect_timeout",
    // The pool's settings.
    "database.connect_round_timeout",
    // Connect settings again.
    "database.resolve_timeout",
    "database.lookup_threads",
    "database.cancel_threads",
    // Read from the configuration in force at every use.
    "database.query_timeout",
    // A connect setting: sent by every new session.
    "database.statement_timeout",
    // The pool's settings.
    "database.pool_size",
    "database.pool_timeout", // for acquires without a deadline of their own; the daemon has none
    "database.pool_recycle",
    "database.pool_serverless_recycle", // becomes pool_recycle when the configuration is combined
    "database.pool_pre_ping",
    "database.pool_min_idle",
    "database.pool_ping_after",
    "database.pool_ping_timeout",
    "database.pool_keepalive",
    "database.pool_idle_timeout",
    "database.pool_tick",
    "database.pool_max_waiters",
    "database.pool_connect_parallelism",
    "database.pool_lease_warn",
    "database.pool_reset",
    "database.pool_reset_timeout",
    "database.pool_close_timeout",
    // Connect settings.
    "database.tcp_keepalives_idle",
    "database.tcp_keepalives_interval",
    "database.tcp_keepalives_count",
    "database.tcp_user_timeout",
    "database.profile", // becomes pool settings when the configuration is combined
    "database.application_name",
    "database.test_name", // the database of --test, when the configuration is combined
    // The pool's settings (its breaker); `operator` also of the migrations' verdict.
    "reconnect.initial",
    "reconnect.max",
    "reconnect.stable_after",
    "reconnect.operator",
    // The health monitor's settings.
    "health.timeout",
    "health.max_age",
    // Read at each probe.
    "health.long_transaction",
    "health.clock_skew",
    // Read at each look of the loop at itself.
    "health.loop_probe",
    "health.loop_window",
    // The runner's and the schema's settings, the connector for migrations.
    "migrations.directory",
    "migrations.format",
    "migrations.url",
    "migrations.auto_upgrade",
    "migrations.lock_timeout",
    "migrations.lock_wait",
    "migrations.lock_poll",
    "migrations.retry_initial",
    "migrations.retry_max",
    "migrations.connection_check",
    "migrations.directory_poll",
    "migrations.require_sum",
    "migrations.scratch_url",
    "migrations.scratch_timeout",
    "migrations.dump_timeout",
    // The server: who may change things, and its limits.
    "admin.operators",
    "admin.max_connections",
    "admin.header_limit",
    "admin.body_limit",
    "admin.files_limit",
    "admin.stream_limit",
    "admin.request_timeout",
    "admin.idle_timeout",
    "admin.accept_pause",
    "admin.unwind_timeout",
    // The listener of the daemon.
    "http.listen",
    // The logger.
    "log.level",
    "log.repeat", // the pool's settings
    "log.buffer",
    "log.flush_timeout",
    // Read from the configuration in force when the shutdown begins.
    "shutdown.drain_timeout",
};

} // namespace

TEST(reload_keys, every_key_that_is_not_carried_out_by_a_reload_says_that_it_needs_a_restart) {
    std::vector<std::string> live;
    for (const key_rule& key : all_keys())
        if (!key.needs_restart)
            live.push_back(key.dotted());
    EXPECT_THAT(live, ElementsAreArray(carried_out_by_a_reload));
}
