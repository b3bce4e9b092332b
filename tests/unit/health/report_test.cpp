#include "health/report.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace std::chrono_literals;
using health::migrations_state;

namespace {

pool::pool_snapshot up() {
    pool::pool_snapshot snapshot;
    snapshot.state = pool::pool_state::up;
    snapshot.size = 10;
    snapshot.live = snapshot.idle = 1;
    return snapshot;
}

pool::pool_snapshot down() {
    pool::pool_snapshot snapshot;
    snapshot.state = pool::pool_state::down;
    snapshot.size = 10;
    snapshot.retry_in = 8s;
    error e =
        make_error(errc::database_unavailable, error_class::unavailable,
                   "password rejected for user \"app\" (db1:5432, 28P01)", "check VALID UNTIL");
    e.sqlstate = "28P01";
    snapshot.last_error = e;
    return snapshot;
}

health::report report(const pool::pool_snapshot& pool, migrations_state state, bool ordered) {
    health::migrations_view migrations;
    migrations.state = state;
    migrations.progress = "3/5";
    migrations.ordered = ordered;
    return health::make_report(pool, migrations, wall_time{});
}

} // namespace

TEST(health_report, a_pool_that_never_connected_is_degraded_and_says_so) {
    const auto r = report({}, migrations_state::unknown, false);
    EXPECT_FALSE(r.healthy);
    EXPECT_FALSE(r.connected);
    EXPECT_EQ(r.database_error, "not connected yet");
    EXPECT_EQ(r.check_pool, "unavailable");
}

TEST(health_report, an_outage_carries_the_reason_with_what_to_do) {
    const auto r = report(down(), migrations_state::current, false);
    EXPECT_EQ(r.check_database, "unavailable");
    EXPECT_EQ(r.database_error,
              "password rejected for user \"app\" (db1:5432, 28P01): check VALID UNTIL");
}

TEST(health_report, the_public_form_names_class_and_sqlstate_but_neither_host_nor_user) {
    const auto r = report(down(), migrations_state::current, false);
    EXPECT_EQ(r.database_error_public, "unavailable until an operator acts (28P01)");
}

TEST(health_report, pending_migrations_alone_are_no_degradation) {
    EXPECT_TRUE(report(up(), migrations_state::pending, false).healthy);
    EXPECT_TRUE(report(up(), migrations_state::pending, true).healthy);
}

TEST(health_report, an_ordered_upgrade_that_did_not_succeed_is_one) {
    for (const auto state :
         {migrations_state::failed, migrations_state::refused, migrations_state::waiting}) {
        EXPECT_FALSE(report(up(), state, true).healthy) << health::to_string(state);
        EXPECT_TRUE(report(up(), state, false).healthy) << health::to_string(state);
    }
}

TEST(health_report, an_ordered_upgrade_that_has_not_succeeded_yet_is_one) {
    for (const auto state : {migrations_state::pending, migrations_state::unknown}) {
        const health::migrations_view outstanding{state, "", true, true, ""};
        EXPECT_FALSE(health::make_report(up(), outstanding, wall_time{}).healthy);
    }
}

TEST(health_report, readiness_waits_for_an_ordered_upgrade_that_runs) {
    EXPECT_FALSE(health::is_ready(report(up(), migrations_state::running, true)));
    EXPECT_TRUE(health::is_ready(report(up(), migrations_state::running, false)));
    EXPECT_FALSE(health::is_ready(report(down(), migrations_state::current, false)));
}

TEST(health_report, a_full_pool_with_waiters_is_exhausted) {
    auto full = up();
    full.idle = 0;
    full.leased = full.live = 10;
    EXPECT_EQ(report(full, migrations_state::current, false).check_pool, "ok");
    full.waiters = 1;
    EXPECT_EQ(report(full, migrations_state::current, false).check_pool, "exhausted");
}

TEST(health_report, the_status_line_shows_no_host_user_or_statement) {
    const auto r = report(down(), migrations_state::unknown, false);
    EXPECT_EQ(health::status_line(down(), r),
              "Degraded: database unreachable since 1970-01-01T00:00:00.000Z, unavailable until an "
              "operator acts (28P01)");
    EXPECT_EQ(health::status_line(up(), report(up(), migrations_state::current, false)),
              "Ready: 1/10 connections, migrations current");
}
