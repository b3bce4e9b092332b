// transaction:false: statement by statement, resumed where it stopped.
#include "integration/migrate_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::test;
using testing::HasSubstr;

namespace {

class migrate_statements : public testing::Test {
protected:
    migrate_world world;
    void bare(const std::string& up, const std::string& down = {}) const {
        world.revision("1", up, down, "transaction:false");
    }
    [[nodiscard]] std::string row(const std::string& what) const {
        return world.value("SELECT " + what + " FROM headspace.migrations WHERE revision = '1'");
    }
    [[nodiscard]] std::string valid(const std::string& index) const {
        return world.value("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('" +
                           index + "')");
    }
};

} // namespace

TEST_F(migrate_statements, builds_an_index_concurrently_and_records_each_statement) {
    bare("CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\nVACUUM a;",
         "DROP INDEX CONCURRENTLY i;\nDROP TABLE a;");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
    EXPECT_EQ(valid("i"), "t");
    EXPECT_EQ(row("state || ' ' || stmt_done || '/' || stmt_total || ' ' || run"), "applied 3/3 ");
    EXPECT_EQ(world.value("SELECT string_agg(event || coalesce(statement::text, ''), ' ' ORDER BY "
                          "id) FROM headspace.migration_events"),
              "begun statement1 statement2 statement3 applied");
    EXPECT_EQ(outcome_text(world.downgrade("base")), "done: 1");
    EXPECT_EQ(world.ledger(), "");
    EXPECT_EQ(world.value("SELECT to_regclass('a') IS NULL"), "t");
}

TEST_F(migrate_statements, goes_on_at_the_statement_that_failed_and_repeats_none) {
    bare("CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\nALTER TABLE a ADD x nosuchtype;\n"
         "INSERT INTO a VALUES (2);");
    const auto failed = world.upgrade();
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().code, errc::migration_failed);
    EXPECT_EQ(failed.error().line, 5U);
    EXPECT_THAT(failed.error().message, HasSubstr("2 of 4 statements are done and stay"));
    EXPECT_EQ(row("state || ' ' || stmt_done || '/' || stmt_total"), "partial 2/4");
    EXPECT_THAT(row("error"), HasSubstr("nosuchtype"));
    const auto half = world.status();
    EXPECT_EQ(half.state, health::migrations_state::pending);
    EXPECT_THAT(half.warnings, testing::Contains(HasSubstr("half applied (2 of 4")));

    bare("CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\nALTER TABLE a ADD x text;\n"
         "INSERT INTO a VALUES (2);");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
    EXPECT_EQ(world.value("SELECT count(*) FROM a"), "2");
    EXPECT_EQ(world.ledger(), "1:applied");
    EXPECT_EQ(outcome_text(world.upgrade()), "done:") << "the checksum is that of the mended file";
}

TEST_F(migrate_statements, refuses_to_go_on_when_a_statement_that_ran_was_edited) {
    bare("CREATE TABLE a (id int);\nSELECT 1/0;");
    ASSERT_TRUE(world.upgrade().has_error());
    bare("CREATE TABLE a (id bigint);\nSELECT 1;");
    const auto refused = world.upgrade();
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::edited_revision);
    EXPECT_EQ(refused.error().line, 3U);
    EXPECT_EQ(row("state || ' ' || stmt_done"), "partial 1");
}

TEST_F(migrate_statements, drops_the_invalid_index_of_a_failed_build_before_the_next_try) {
    bare("CREATE TABLE a (id int);\nINSERT INTO a VALUES (1), (1);\n"
         "CREATE UNIQUE INDEX CONCURRENTLY i ON a (id);");
    const auto failed = world.upgrade();
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().sqlstate, "23505");
    EXPECT_EQ(valid("i"), "f");
    world.cluster.sql("postgres", "DELETE FROM a; INSERT INTO a VALUES (1)");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
    EXPECT_EQ(valid("i"), "t");
    EXPECT_THAT(world.everything_said(), HasSubstr("dropped the INVALID index"));
}

TEST_F(migrate_statements, sees_by_the_catalogue_that_a_bare_statement_finished_unseen) {
    bare("CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\nSELECT 1/0;");
    ASSERT_TRUE(world.upgrade().has_error());
    // As a run leaves it that is killed after the index was built and before it could say so.
    world.cluster.sql("postgres", "UPDATE headspace.migrations SET stmt_done = 1, stmt_begun = 2, "
                                  "stmt_hash = '', run = '0123456789abcdef'");
    bare("CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\nSELECT 1;");
    const auto before = world.value("SELECT 'i'::regclass::oid");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
    EXPECT_EQ(world.value("SELECT 'i'::regclass::oid"), before) << "it was built once";
    EXPECT_THAT(world.everything_said(), HasSubstr("finished after that"));
}

TEST_F(migrate_statements, refuses_when_the_catalogue_cannot_tell_and_says_how_to_answer) {
    bare("CREATE TABLE a (id int);\nVACUUM a;\nSELECT 1/0;");
    ASSERT_TRUE(world.upgrade().has_error());
    world.cluster.sql("postgres", "UPDATE headspace.migrations SET stmt_done = 1, stmt_begun = 2, "
                                  "stmt_hash = '', run = '0123456789abcdef'");
    bare("CREATE TABLE a (id int);\nVACUUM a;\nSELECT 1;");
    const auto refused = world.upgrade();
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::statement_undecided);
    EXPECT_EQ(refused.error().file, "versions/1_r.sql");
    EXPECT_EQ(refused.error().line, 4U);
    EXPECT_THAT(refused.error().hint, HasSubstr("headspacectl db repair --done"));
    migrate::request answer;
    answer.what = migrate::direction::repair;
    answer.target = "";
    answer.answer = migrate::statement_answer::done;
    EXPECT_EQ(outcome_text(world.run(answer)), "done: 1");
    EXPECT_EQ(world.value("SELECT stmt_done FROM headspace.migrations"), "2");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
}

TEST_F(migrate_statements, settings_made_before_the_stop_hold_after_it) {
    world.cluster.sql("postgres", "CREATE SCHEMA other");
    bare("SET search_path = other;\nCREATE TABLE a (id int);\nSELECT 1/0;\nCREATE TABLE b (id "
         "int);");
    ASSERT_TRUE(world.upgrade().has_error());
    bare("SET search_path = other;\nCREATE TABLE a (id int);\nSELECT 1;\nCREATE TABLE b (id int);");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
    EXPECT_EQ(world.value("SELECT to_regclass('other.b') IS NOT NULL"), "t");
}

TEST_F(migrate_statements, a_role_taken_by_the_file_does_not_keep_it_from_the_ledger) {
    world.cluster.create_role("weak", {}, "NOLOGIN");
    world.cluster.sql("postgres", "GRANT ALL ON SCHEMA public TO weak");
    bare("SET ROLE weak;\nCREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);");
    world.revision("2", "CREATE TABLE b (id int);");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1 2");
    EXPECT_EQ(world.value("SELECT tableowner FROM pg_tables WHERE tablename = 'a'"), "weak");
    EXPECT_EQ(world.value("SELECT tableowner FROM pg_tables WHERE tablename = 'b'"), "postgres");
}

TEST_F(migrate_statements, a_procedure_that_commits_runs_bare_and_once) {
    world.cluster.sql("postgres",
                      "CREATE TABLE a (id int); CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN "
                      "INSERT INTO a VALUES (1); COMMIT; INSERT INTO a VALUES (2); END $$");
    bare("CALL p();");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
    EXPECT_EQ(world.value("SELECT count(*) FROM a"), "2");
}

TEST_F(migrate_statements, the_bare_statement_names_its_run_in_pg_stat_activity) {
    world.cluster.sql("postgres", "CREATE TABLE a (id int)");
    bare("CREATE INDEX CONCURRENTLY i ON a (pg_sleep(0.0), id);");
    bare("DO $$ BEGIN COMMIT; PERFORM pg_sleep(4); END $$;");
    auto runner = world.make_runner();
    bool ended = false;
    asio::co_spawn(world.io, runner->run(upgrade_to("head"), {}),
                   [&](std::exception_ptr, const auto&) { ended = true; });
    std::string query;
    ASSERT_TRUE(eventually([&] {
        world.io.restart();
        world.io.run_for(20ms);
        query = world.value("SELECT query FROM pg_stat_activity WHERE query LIKE '/* headspace %' "
                            "AND state = 'active'");
        return !query.empty();
    }));
    EXPECT_THAT(query, testing::MatchesRegex("/[*] headspace 1 1/1 [0-9a-f]{16} [*]/ DO .*"));
    EXPECT_EQ(row("stmt_begun || ' ' || (pid IN (SELECT pid FROM pg_stat_activity))"), "1 true");
    EXPECT_EQ(row("run"), query.substr(19, 16));
    ASSERT_TRUE(eventually([&] {
        world.io.restart();
        world.io.run_for(20ms);
        return ended;
    }));
}
