// Several runners, killed runners, and locks that others hold.
#include "integration/migrate_world.hpp"
#include "migrate/holders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <optional>

using namespace headspace;
using namespace headspace::test;
using testing::HasSubstr;

namespace {

class migrate_race : public testing::Test {
protected:
    migrate_world world;

    /// `check` is client_connection_check_interval in ms; 0 as on a server that has none.
    [[nodiscard]] pid_t helper(const std::string& check = "250") {
        process_options options;
        options.output = world.home.path() / "helper.log";
        return spawn({std::string(HEADSPACE_BINARY_DIR) + "/tests/integration/migrate_helper",
                      world.cluster.url(), world.directory().string(), "300000", check},
                     options);
    }
    [[nodiscard]] std::string active(const std::string& like) const {
        return world.value("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid "
                           "<> pg_backend_pid() AND query LIKE '" +
                           like + "'");
    }
    bool wait_for_statement(const std::string& like) const {
        return eventually([&] { return active(like) == "1"; });
    }
    static void kill_and_collect(pid_t child) {
        ::kill(child, SIGKILL);
        ASSERT_TRUE(wait_for(child, 30s).has_value());
    }
    /// Turns the world's io_context until `condition` holds.
    template<class Condition>
    bool turn_until(Condition condition, duration limit = 30s) {
        return eventually(
            [&] {
                world.io.restart();
                world.io.run_for(10ms);
                return condition();
            },
            limit);
    }
    [[nodiscard]] std::string lock_is_free() const {
        return world.value("SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory' AND "
                           "classid = 1212437328");
    }
};

} // namespace

TEST_F(migrate_race, eight_processes_on_an_empty_database_apply_everything_exactly_once) {
    for (int i = 10; i < 40; ++i)
        world.revision(std::to_string(i), "CREATE TABLE t" + std::to_string(i) + " (id int);");
    world.revision("40", "CREATE INDEX CONCURRENTLY i ON t10 (id);\nCREATE TABLE t40 (id int);", "",
                   "transaction:false");
    std::vector<pid_t> all;
    for (int i = 0; i < 8; ++i)
        all.push_back(helper());
    for (const pid_t one : all) {
        const auto status = wait_for(one, 120s);
        ASSERT_TRUE(status.has_value());
        EXPECT_EQ(*status, 0) << read_file(world.home.path() / "helper.log");
    }
    EXPECT_EQ(world.value("SELECT count(*) || ' ' || count(*) FILTER (WHERE event = 'applied') || "
                          "' ' || count(DISTINCT run) FROM headspace.migration_events WHERE event "
                          "IN ('applied', 'failed')"),
              "31 31 1");
    EXPECT_EQ(world.value("SELECT count(*) FROM headspace.migrations WHERE state = 'applied'"),
              "31");
    EXPECT_EQ(world.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"), "t");
    EXPECT_EQ(lock_is_free(), "t");
}

TEST_F(migrate_race, killed_in_a_transaction_it_leaves_nothing_and_the_next_run_finishes) {
    world.revision("1", "CREATE TABLE a (id int);");
    world.revision("2", "CREATE TABLE b (id int);\nSELECT pg_sleep(60);");
    const pid_t child = helper();
    ASSERT_TRUE(wait_for_statement("SELECT pg_sleep%"));
    kill_and_collect(child);
    EXPECT_TRUE(eventually([&] { return lock_is_free() == "t"; }, 10s));
    EXPECT_TRUE(eventually([&] { return active("SELECT pg_sleep%") == "0"; }, 10s));
    EXPECT_EQ(world.ledger(), "1:applied");
    world.revision("2", "CREATE TABLE b (id int);");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 2");
}

TEST_F(migrate_race, killed_in_a_bare_statement_its_backend_is_ended_and_nothing_runs_twice) {
    world.cluster.sql("postgres", "CREATE TABLE a (id int); INSERT INTO a SELECT 1;"
                                  "CREATE FUNCTION slow(i int) RETURNS int IMMUTABLE LANGUAGE "
                                  "plpgsql AS $$ BEGIN PERFORM pg_sleep(6); RETURN i; END $$");
    const std::string build = "CREATE INDEX CONCURRENTLY i ON a (slow(id));\n";
    world.revision("1", "CREATE TABLE once (id int);\n" + build + "INSERT INTO once VALUES (1);",
                   "", "transaction:false");
    const pid_t child = helper("0");
    ASSERT_TRUE(wait_for_statement("/* headspace 1 2/3 %"));
    kill_and_collect(child);
    EXPECT_EQ(active("/* headspace 1 2/3 %"), "1") << "it lives on";
    EXPECT_EQ(world.value("SELECT state || ' ' || stmt_done || ' ' || stmt_begun FROM "
                          "headspace.migrations"),
              "partial 1 2");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
    EXPECT_THAT(world.everything_said(), HasSubstr("Ending a backend that a killed migration"));
    EXPECT_EQ(active("/* headspace%"), "0");
    EXPECT_EQ(world.value("SELECT count(*) FROM once"), "1");
    EXPECT_EQ(world.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"), "t");
    EXPECT_EQ(world.value("SELECT string_agg(event || coalesce(statement::text, ''), ' ' ORDER BY "
                          "id) FROM headspace.migration_events"),
              "begun statement1 begun statement2 statement3 applied");
}

TEST_F(migrate_race, the_server_ends_an_orphan_itself_where_it_can) {
    world.cluster.sql("postgres", "CREATE TABLE a (id int)");
    world.revision("1", "DO $$ BEGIN COMMIT; PERFORM pg_sleep(60); END $$;", "",
                   "transaction:false");
    const pid_t child = helper();
    ASSERT_TRUE(wait_for_statement("/* headspace 1 1/1 %"));
    kill_and_collect(child);
    EXPECT_TRUE(eventually([&] { return active("/* headspace%") == "0"; }, 10s));
    const auto refused = world.upgrade();
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::statement_undecided);
}

TEST_F(migrate_race, an_orphan_of_another_role_is_waited_for_and_named_with_the_grant) {
    world.cluster.create_role("other");
    world.cluster.create_role("app");
    world.cluster.sql("postgres", "GRANT CREATE ON DATABASE postgres TO app; GRANT ALL ON SCHEMA "
                                  "public TO app");
    world.revision("1", "CREATE TABLE a (id int);");
    // All that one role sees of another's backend is its pid, and the marker lock.
    const auto connector = connector_to(world.io, world.cluster.url("postgres", "other"));
    auto orphan = run_on(world.io, connector->connect(clock::now() + 30s)).value();
    ASSERT_TRUE(
        run_on(world.io, orphan->execute("SELECT pg_advisory_lock_shared(" +
                                             std::to_string(migrate::lock_key::space) + "," +
                                             std::to_string(migrate::lock_key::marker()) + ")",
                                         clock::now() + 30s))
            .has_value());
    const std::string app = world.cluster.url("postgres", "app");
    world.settings.lock_wait = 300ms;
    const auto busy = world.run(upgrade_to("head"), app);
    ASSERT_TRUE(busy.has_error());
    EXPECT_EQ(busy.error().code, errc::lock_busy);
    EXPECT_THAT(busy.error().message,
                HasSubstr("pid " + std::to_string(orphan->facts().backend_pid)));
    EXPECT_THAT(busy.error().hint, HasSubstr("GRANT pg_signal_backend TO \"app\""));
    world.cluster.sql("postgres", "GRANT pg_signal_backend TO app");
    EXPECT_EQ(outcome_text(world.run(upgrade_to("head"), app)), "done: 1");
}

TEST_F(migrate_race, killed_in_a_transaction_its_backend_is_ended_where_the_server_does_not_look) {
    world.revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(60);");
    const pid_t child = helper("0");
    ASSERT_TRUE(wait_for_statement("SELECT pg_sleep%"));
    kill_and_collect(child);
    EXPECT_TRUE(eventually(
        [&] {
            return world.value(
                       "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = "
                       "'ExclusiveLock'") == "0";
        },
        10s));
    EXPECT_EQ(active("SELECT pg_sleep%"), "1") << "it lives on";
    world.revision("1", "CREATE TABLE a (id int);");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
    EXPECT_EQ(active("SELECT pg_sleep%"), "0");
}

TEST_F(migrate_race, losing_the_lock_connection_rolls_the_statement_back) {
    world.revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(60);");
    auto runner = world.make_runner();
    std::optional<result<migrate::outcome>> outcome;
    asio::co_spawn(world.io, runner->run(upgrade_to("head"), {}),
                   [&](std::exception_ptr, result<migrate::outcome> r) { outcome = std::move(r); });
    ASSERT_TRUE(turn_until([&] { return active("SELECT pg_sleep%") == "1"; }));
    world.cluster.sql("postgres",
                      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                      "AND classid = 1212437328 AND mode = 'ExclusiveLock'");
    ASSERT_TRUE(turn_until([&] { return outcome.has_value(); }));
    ASSERT_TRUE(outcome->has_error());
    EXPECT_EQ(outcome->error().code, errc::connection_lost);
    EXPECT_THAT(outcome->error().message, HasSubstr("holds the migration lock was lost"));
    EXPECT_EQ(world.value("SELECT to_regclass('a') IS NULL"), "t");
}

TEST_F(migrate_race, a_table_lock_is_waited_for_in_short_tries_and_its_holder_named) {
    world.cluster.sql("postgres", "CREATE TABLE a (id int)");
    world.revision("1", "ALTER TABLE a ADD x int;", "", "lock_timeout:200ms");
    const auto holder = connector_to(world.io, world.cluster.url());
    auto session = run_on(world.io, holder->connect(clock::now() + 30s)).value();
    ASSERT_TRUE(run_on(world.io, session->execute("BEGIN; LOCK TABLE a IN ACCESS SHARE MODE",
                                                  clock::now() + 30s))
                    .has_value());
    auto runner = world.make_runner();
    std::optional<result<migrate::outcome>> outcome;
    asio::co_spawn(world.io,
                   runner->run(upgrade_to("head"),
                               [&](const migrate::progress& p) { world.seen.push_back(p); }),
                   [&](std::exception_ptr, result<migrate::outcome> r) { outcome = std::move(r); });
    const std::string pid = std::to_string(session->facts().backend_pid);
    ASSERT_TRUE(turn_until([&] {
        return world.everything_said().find("blocked by pid " + pid) != std::string::npos;
    }));
    EXPECT_FALSE(outcome.has_value());
    session->close();
    ASSERT_TRUE(turn_until([&] { return outcome.has_value(); }));
    EXPECT_EQ(outcome_text(*outcome), "done: 1");
}

TEST_F(migrate_race, retries_end_after_lock_wait_with_the_blocker_named) {
    world.cluster.sql("postgres", "CREATE TABLE a (id int)");
    world.revision("1", "CREATE TABLE b (id int);\nALTER TABLE a ADD x int;", "",
                   "lock_timeout:500ms");
    const auto holder = connector_to(world.io, world.cluster.url());
    auto session = run_on(world.io, holder->connect(clock::now() + 30s)).value();
    ASSERT_TRUE(run_on(world.io, session->execute("BEGIN; LOCK TABLE a IN ACCESS SHARE MODE",
                                                  clock::now() + 30s))
                    .has_value());
    world.settings.lock_wait = 3s;
    const auto failed = world.upgrade();
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().code, errc::lock_timeout);
    EXPECT_EQ(failed.error().line, 4U);
    EXPECT_THAT(failed.error().message,
                HasSubstr("blocked by pid " + std::to_string(session->facts().backend_pid)));
    EXPECT_EQ(world.value("SELECT to_regclass('b') IS NULL"), "t");
}
