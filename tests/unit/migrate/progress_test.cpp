#include "migrate/activity.hpp"
#include "migrate/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace::migrate;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(query_kind, is_the_command_and_nothing_of_its_names_or_values) {
    EXPECT_EQ(query_kind("select * from secrets", "active"), "SELECT");
    EXPECT_EQ(query_kind("  /* app */ -- x\n update a set b = 'c'", "active"), "UPDATE");
    EXPECT_EQ(query_kind("ALTER TABLE a ADD b int", "active"), "ALTER TABLE");
    EXPECT_EQ(query_kind("LOCK TABLE a", "idle in transaction"),
              "idle in transaction after LOCK TABLE");
    EXPECT_EQ(query_kind("SELECT 1", "idle in transaction (aborted)"),
              "idle in transaction after SELECT");
    EXPECT_EQ(query_kind("autovacuum: VACUUM public.a (to prevent wraparound)", "active"),
              "autovacuum");
    EXPECT_EQ(query_kind("", ""), "");
    EXPECT_EQ(query_kind("/* never ends", "active"), "");
}

TEST(lock_holder, is_named_with_all_that_is_known) {
    const lock_holder h{.pid = 4711,
                        .application_name = "psql",
                        .client_addr = "10.0.0.5",
                        .user = "alice",
                        .since = "2026-11-21 10:00:00 UTC",
                        .query = "SELECT secret",
                        .kind = "SELECT"};
    EXPECT_EQ(h.text(), "pid 4711 (psql, alice, 10.0.0.5, since 2026-11-21 10:00:00 UTC, SELECT)");
    EXPECT_EQ(h.public_text(), "pid 4711 (psql, 10.0.0.5, since 2026-11-21 10:00:00 UTC, SELECT)");
    lock_holder hidden;
    hidden.pid = 7;
    EXPECT_EQ(hidden.text(), "pid 7");
}

TEST(activity, percentages_are_those_of_the_phase_and_never_beyond_100) {
    EXPECT_EQ(read_activity("CREATE INDEX CONCURRENTLY", "building index", 42, 100).text(),
              "index build 42 %");
    EXPECT_EQ(read_activity("VACUUM FULL", "seq scanning heap", 7, 5).text(), "vacuum full 100 %");
    EXPECT_EQ(read_activity("REINDEX CONCURRENTLY", "initializing", 0, 0).text(), "reindex");
    EXPECT_EQ(read_activity("COPY FROM", "copying", 1, 3).text(), "copy 33 %");
}

TEST(activity, older_servers_are_not_asked_for_views_that_they_lack) {
    EXPECT_THAT(activity_sql(7, 150000), HasSubstr("pg_stat_progress_copy WHERE pid = 7"));
    EXPECT_THAT(activity_sql(7, 130010), Not(HasSubstr("pg_stat_progress_copy")));
}
