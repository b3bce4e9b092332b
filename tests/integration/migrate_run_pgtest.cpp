// Upgrade, downgrade and stamp against a real server.
#include "integration/migrate_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::test;
using migrate::progress_kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

class migrate_run : public testing::Test {
protected:
    migrate_world world;

    void three() const {
        world.revision("1", "CREATE TABLE a (id int);", "DROP TABLE a;");
        world.revision("2", "CREATE TABLE b (id int);\nCREATE INDEX b_id ON b (id);",
                       "DROP TABLE b;");
        world.revision("3", "CREATE TABLE c (id int);", "DROP TABLE c;");
    }
    [[nodiscard]] std::string tables() const {
        return world.value(
            "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM "
            "pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace");
    }
};

std::vector<std::string> kinds(const std::vector<migrate::progress>& seen) {
    std::vector<std::string> out;
    for (const migrate::progress& p : seen)
        if (p.kind != progress_kind::warning)
            out.emplace_back(to_string(p.kind));
    return out;
}

} // namespace

TEST_F(migrate_run, upgrade_applies_everything_and_records_who_did_what) {
    three();
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1 2 3");
    EXPECT_EQ(tables(), "a b c");
    EXPECT_EQ(world.ledger(), "1:applied 2:applied 3:applied");
    EXPECT_THAT(world.value("SELECT applied_by || ' ' || db_role || ' ' || stmt_done || '/' || "
                            "stmt_total || ' ' || array_to_string(parents, ',') || ' ' || message "
                            "FROM headspace.migrations WHERE revision = '2'"),
                testing::MatchesRegex("tester@[^ ]+ postgres 2/2 1 revision 2"));
    EXPECT_EQ(world.value("SELECT string_agg(event, ' ' ORDER BY id) FROM "
                          "headspace.migration_events"),
              "applied applied applied");
    EXPECT_THAT(world.value("SELECT down_sql FROM headspace.migrations WHERE revision = '3'"),
                HasSubstr("DROP TABLE c"));
    EXPECT_THAT(kinds(world.seen),
                ElementsAre("planned", "started", "statement", "applied", "started", "statement",
                            "statement", "applied", "started", "statement", "applied"));
}

TEST_F(migrate_run, upgrade_with_nothing_pending_takes_no_lock) {
    three();
    ASSERT_EQ(outcome_text(world.upgrade("2")), "done: 1 2");
    // Somebody else holds the lock for as long as this test runs.
    world.revision("9", "SELECT pg_sleep(60);");
    auto busy = world.make_runner();
    asio::co_spawn(world.io, busy->run(upgrade_to("9"), {}), asio::detached);
    world.settings.lock_wait = 200ms;
    ASSERT_TRUE(eventually([&] {
        world.io.restart();
        world.io.run_for(20ms);
        return world.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' "
                           "AND state = 'active' AND pid <> pg_backend_pid()") == "1";
    }));
    const auto nothing = world.upgrade("3");
    EXPECT_EQ(outcome_text(nothing), "done:") << "3 was applied on the way to 9";
    const auto refused = world.upgrade("9");
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::lock_busy);
    EXPECT_THAT(refused.error().message, HasSubstr("another migration holds the lock: pid "));
    EXPECT_THAT(refused.error().message, HasSubstr("headspaced"));
    busy->cancel();
    world.io.restart();
    world.io.run_for(500ms);
}

TEST_F(migrate_run, downgrade_reverts_one_or_back_to_base) {
    three();
    ASSERT_EQ(outcome_text(world.upgrade()), "done: 1 2 3");
    EXPECT_EQ(outcome_text(world.downgrade("-1")), "done: 3");
    EXPECT_EQ(tables(), "a b");
    const auto base = world.downgrade("base");
    EXPECT_EQ(outcome_text(base), "done: 2 1");
    EXPECT_THAT(base->current, IsEmpty());
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(world.ledger(), "");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1 2 3");
}

TEST_F(migrate_run, downgrade_uses_the_stored_text_when_the_file_is_gone) {
    three();
    ASSERT_EQ(outcome_text(world.upgrade()), "done: 1 2 3");
    world.remove("3_r.sql");
    EXPECT_EQ(outcome_text(world.downgrade("-1")), "done: 3");
    EXPECT_EQ(tables(), "a b");
    EXPECT_THAT(world.everything_said(), HasSubstr("by the text in the ledger"));
}

TEST_F(migrate_run, stamp_records_without_running_and_forgets_without_reverting) {
    three();
    EXPECT_EQ(outcome_text(world.run(stamp_to("2"))), "done: 1 2");
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(world.ledger(), "1:stamped 2:stamped");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 3");
    const auto back = world.run(stamp_to("1"));
    ASSERT_TRUE(back.has_value()) << back.error().text();
    EXPECT_THAT(back->current, ElementsAre("1"));
    EXPECT_EQ(tables(), "c");
}

TEST_F(migrate_run, stamp_with_purge_accepts_an_edited_file) {
    three();
    ASSERT_EQ(outcome_text(world.upgrade()), "done: 1 2 3");
    world.revision("2", "CREATE TABLE b (id int, more int);", "DROP TABLE b;");
    const auto edited = world.upgrade();
    ASSERT_TRUE(edited.has_error());
    EXPECT_EQ(edited.error().code, errc::edited_revision);
    EXPECT_EQ(edited.error().file, "versions/2_r.sql");
    ASSERT_EQ(outcome_text(world.run(stamp_to("current", true))), "done: 1 2 3");
    EXPECT_EQ(outcome_text(world.upgrade()), "done:");
}

TEST_F(migrate_run, a_failing_third_statement_leaves_nothing_and_names_file_and_line) {
    world.revision("1", "CREATE TABLE a (id int);");
    world.revision("2", "CREATE TABLE b (id int);\nINSERT INTO b VALUES (1);\n"
                        "ALTER TABLE b\n  ADD COLUMN x nosuchtype;");
    const auto failed = world.upgrade();
    ASSERT_TRUE(failed.has_error());
    const error& e = failed.error();
    EXPECT_EQ(e.code, errc::migration_failed);
    EXPECT_EQ(e.sqlstate, "42704");
    EXPECT_EQ(e.file, "versions/2_r.sql");
    EXPECT_EQ(e.line, 6U);
    EXPECT_THAT(e.text(), HasSubstr("versions/2_r.sql:6: "));
    EXPECT_THAT(e.text(), HasSubstr("type \"nosuchtype\" does not exist"));
    EXPECT_THAT(e.text(), HasSubstr("statement 3 of 3"));
    EXPECT_EQ(tables(), "a");
    EXPECT_EQ(world.ledger(), "1:applied");
    EXPECT_EQ(world.value("SELECT event || ' ' || revision FROM headspace.migration_events ORDER "
                          "BY id DESC LIMIT 1"),
              "failed 2");
    ASSERT_EQ(world.seen.back().kind, progress_kind::failed);
    world.revision("2", "CREATE TABLE b (id int);");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 2");
}

TEST_F(migrate_run, a_constraint_that_fails_at_commit_leaves_nothing) {
    world.revision("1", "CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (a int REFERENCES a "
                        "DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO b VALUES (7);");
    const auto failed = world.upgrade();
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().sqlstate, "23503");
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(world.ledger(), "");
}

TEST_F(migrate_run, what_a_file_sets_reaches_neither_the_ledger_nor_the_next_file) {
    world.cluster.create_role("weak", {}, "NOLOGIN");
    world.revision("1",
                   "SELECT set_config('search_path', '', false);\nSET ROLE weak;\nSET "
                   "statement_timeout = '1ms';\nSET standard_conforming_strings = off;",
                   "SELECT 'it''s \\ here';");
    world.revision("2", "CREATE TABLE b (id int);\nSELECT pg_sleep(0.05);");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1 2");
    EXPECT_EQ(tables(), "b");
    EXPECT_THAT(world.value("SELECT down_sql FROM headspace.migrations WHERE revision = '1'"),
                HasSubstr("'it''s \\ here'"));
}

TEST_F(migrate_run, tables_of_a_role_named_as_the_ledgers_schema_do_not_land_beside_the_ledger) {
    world.cluster.sql("postgres", "CREATE ROLE headspace LOGIN SUPERUSER");
    world.revision("1", "CREATE TABLE a (id int);", "DROP TABLE a;");
    world.revision("2", "CREATE TABLE b (id int);", "DROP TABLE b;", " transaction:false");
    const std::string url = world.cluster.url("postgres", "headspace");
    EXPECT_EQ(outcome_text(world.run(upgrade_to("1"), url)), "done: 1");
    EXPECT_EQ(outcome_text(world.run(upgrade_to("2"), url)), "done: 2");
    EXPECT_EQ(tables(), "a b");
    // With nothing else in the path there is nowhere to go, and that is said.
    world.cluster.sql("postgres", "ALTER ROLE headspace SET search_path = \"$user\"");
    world.revision("3", "CREATE TABLE c (id int);");
    const auto nowhere = world.run(upgrade_to("3"), url);
    ASSERT_TRUE(nowhere.has_error());
    EXPECT_EQ(nowhere.error().sqlstate, "3F000");
}

TEST_F(migrate_run, timeouts_of_the_role_cut_neither_a_migration_nor_its_lock_off) {
    for (const char* timeout : {"statement_timeout", "idle_in_transaction_session_timeout",
                                "idle_session_timeout", "lock_timeout"})
        world.cluster.sql("postgres",
                          std::string("ALTER ROLE postgres SET ") + timeout + " = '100ms'");
    world.revision("1", "SELECT pg_sleep(0.4);");
    world.revision("2",
                   "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\nDO $$ "
                   "BEGIN COMMIT; PERFORM pg_sleep(0.4); END $$;",
                   "", "transaction:false");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1 2");
}

TEST_F(migrate_run, no_password_of_a_failed_statement_is_said_or_stored) {
    world.revision("1", "CREATE ROLE x LOGIN PASSWORD 'canary-77' NOSUCHOPTION;");
    ASSERT_TRUE(world.upgrade().has_error());
    EXPECT_THAT(world.everything_said(), Not(HasSubstr("canary-77")));
    EXPECT_EQ(world.value("SELECT count(*) FROM headspace.migration_events WHERE detail LIKE "
                          "'%canary-77%'"),
              "0");
}

TEST_F(migrate_run, cancel_rolls_the_statement_back_and_the_next_upgrade_finishes) {
    world.revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(30);");
    auto runner = world.make_runner();
    std::optional<result<migrate::outcome>> outcome;
    asio::co_spawn(world.io, runner->run(upgrade_to("head"), {}),
                   [&](std::exception_ptr, result<migrate::outcome> r) { outcome = std::move(r); });
    ASSERT_TRUE(eventually([&] {
        world.io.restart();
        world.io.run_for(20ms);
        return world.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT "
                           "pg_sleep%' AND state = 'active'") == "1";
    }));
    runner->cancel();
    ASSERT_TRUE(eventually([&] {
        world.io.restart();
        world.io.run_for(20ms);
        return outcome.has_value();
    }));
    ASSERT_TRUE(outcome->has_error());
    EXPECT_EQ(outcome->error().code, errc::cancelled);
    EXPECT_THAT(outcome->error().message, HasSubstr("nothing of this migration was kept"));
    EXPECT_EQ(tables(), "");
    world.revision("1", "CREATE TABLE a (id int);");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
}

TEST_F(migrate_run, status_shows_files_beside_the_ledger) {
    three();
    ASSERT_EQ(outcome_text(world.upgrade("2")), "done: 1 2");
    const auto s = world.status();
    EXPECT_EQ(s.state, health::migrations_state::pending);
    EXPECT_THAT(s.current, ElementsAre("2"));
    EXPECT_THAT(s.heads, ElementsAre("3"));
    ASSERT_EQ(s.pending.size(), 1U);
    EXPECT_EQ(s.pending[0].revision, "3");
    ASSERT_EQ(s.history.size(), 2U);
    EXPECT_THAT(s.history[0].applied_at, testing::MatchesRegex("20..-..-..T..:..:..[.]...Z"));
    world.cluster.stop();
    EXPECT_EQ(world.status().state, health::migrations_state::unknown);
}
