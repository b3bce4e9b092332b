// Directories of other tools, applied as they are to a real server; and their bookkeeping, taken
// over from tables made as each tool makes them.
#include "integration/migrate_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

namespace {

class formats : public testing::Test {
protected:
    migrate_world world;

    void SetUp() override { fs::remove_all(world.directory()); }
    void put(const std::string& name, const std::string& text) const {
        fs::create_directories((world.directory() / name).parent_path());
        write_file(world.directory() / name, text);
    }
    [[nodiscard]] std::string tables() const {
        return world.value(
            "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM "
            "pg_class WHERE relkind IN ('r', 'v') AND relnamespace = 'public'::regnamespace");
    }
    [[nodiscard]] std::vector<std::string> pending() {
        std::vector<std::string> out;
        for (const auto& one : world.status().pending)
            out.push_back(one.revision);
        return out;
    }
    void up_down_up(const std::string& done, const std::string& made) {
        EXPECT_EQ(outcome_text(world.upgrade()), "done: " + done);
        EXPECT_EQ(tables(), made);
        EXPECT_EQ(world.status().state, health::migrations_state::current);
        const auto down = world.downgrade("base");
        EXPECT_TRUE(down) << outcome_text(down);
        EXPECT_EQ(tables(), "");
        EXPECT_EQ(outcome_text(world.upgrade()), "done: " + done);
        EXPECT_EQ(tables(), made);
        for (const migrate::progress& p : world.seen)
            EXPECT_NE(p.kind, migrate::progress_kind::warning) << p.text;
    }
    result<migrate::outcome> adopt(const std::string& from = {}, bool dry_run = false) {
        migrate::request what;
        what.what = migrate::direction::adopt;
        what.from = from;
        what.dry_run = dry_run;
        return world.run(what);
    }
    void sql(const std::string& text) const { (void)world.value(text + ";SELECT 1"); }
};

} // namespace

TEST_F(formats, golang_migrate_goes_up_down_and_up) {
    put("000001_a.up.sql", "BEGIN;\nCREATE TABLE a (i int);\nCOMMIT;\n");
    put("000001_a.down.sql", "DROP TABLE a;");
    put("000002_i.up.sql", "CREATE INDEX CONCURRENTLY a_i ON a (i);");
    put("000002_i.down.sql", "DROP INDEX a_i;");
    put("000010_nothing.up.sql", "");
    put("000010_nothing.down.sql", "");
    up_down_up("000001 000002 000010", "a");
    EXPECT_EQ(world.status().history.front().file, "./000001_a.up.sql");
}

TEST_F(formats, goose_goes_up_down_and_up) {
    put("00001_a.sql", "-- +goose Up\nCREATE TABLE a (i int);\n"
                       "-- +goose StatementBegin\nCREATE FUNCTION f() RETURNS int AS $$ BEGIN "
                       "RETURN 1; END $$ LANGUAGE plpgsql\n-- +goose StatementEnd\n"
                       "-- +goose Down\nDROP FUNCTION f();\nDROP TABLE a;\n");
    put("00002_b.sql", "-- +goose up\n-- +goose no transaction\nCREATE INDEX CONCURRENTLY i ON a "
                       "(i);\n-- +goose down\nDROP INDEX CONCURRENTLY i;\n");
    up_down_up("00001 00002", "a");
}

TEST_F(formats, diesel_goes_up_down_and_up) {
    put("2017-09-23-182408_b/up.sql", "CREATE VIEW b AS SELECT * FROM a;");
    put("2017-09-23-182408_b/down.sql", "DROP VIEW b;");
    put("20170318181441_a/up.sql", "CREATE TABLE a (i int);");
    put("20170318181441_a/down.sql", "DROP TABLE a;");
    up_down_up("20170318181441 20170923182408", "a b");
}

TEST_F(formats, dbmate_goes_up_down_and_up) {
    put("20240101_a.sql",
        "-- migrate:up\nCREATE TABLE a (i int);\n-- migrate:down\nDROP TABLE a;\n");
    up_down_up("20240101", "a");
}

TEST_F(formats, flyway_goes_up_down_and_up_and_applies_a_changed_repeatable_again) {
    put("V1.9__a.sql", "CREATE TABLE a (i int);");
    put("U1.9__a.sql", "DROP TABLE a;");
    put("sql/V1.10__a_more.sql", "ALTER TABLE a ADD j int;");
    put("sql/U1.10__a_more.sql", "DROP VIEW v;\nALTER TABLE a DROP j;");
    put("R__views.sql", "CREATE OR REPLACE VIEW v AS SELECT i FROM a;");
    up_down_up("1.9 1.10 R__views", "a v");
    EXPECT_EQ(outcome_text(world.upgrade()), "done:");
    put("R__views.sql", "CREATE OR REPLACE VIEW v AS SELECT i, j FROM a;");
    EXPECT_THAT(pending(), ElementsAre("R__views"));
    EXPECT_EQ(outcome_text(world.upgrade()), "done: R__views");
    EXPECT_EQ(world.value("SELECT count(*) FROM information_schema.columns WHERE table_name = 'v'"),
              "2");
    EXPECT_THAT(pending(), IsEmpty());
    EXPECT_THAT(world.status().current, ElementsAre("1.10"));
    // One that fails leaves the row of what is there.
    put("R__views.sql", "CREATE OR REPLACE VIEW v AS SELECT nothing FROM a;");
    EXPECT_THAT(outcome_text(world.upgrade()), HasSubstr("R__views.sql:1"));
    EXPECT_THAT(world.ledger(), HasSubstr("R__views:applied"));
    EXPECT_THAT(pending(), ElementsAre("R__views"));
}

TEST_F(formats, a_baseline_of_flyway_is_for_empty_databases) {
    put("V1__a.sql", "CREATE TABLE a (i int);");
    put("V2__b.sql", "CREATE TABLE b (i int);");
    put("B2__both.sql", "CREATE TABLE a (i int);\nCREATE TABLE b (i int, baseline int);");
    put("V3__c.sql", "CREATE TABLE c (i int);");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 2 3");
    EXPECT_EQ(tables(), "a b c");
    EXPECT_EQ(world.ledger(), "1:stamped 2:applied 3:applied");
    EXPECT_EQ(world.status().state, health::migrations_state::current);
}

TEST_F(formats, an_error_names_the_true_file_and_line) {
    put("1_a.up.sql", "CREATE TABLE a (i int);\n");
    put("1_a.down.sql", "\n\nDROP TABLE nothing;\n");
    ASSERT_TRUE(world.upgrade());
    const auto failed = world.downgrade("-1");
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().text(), HasSubstr("1_a.down.sql:3"));
    EXPECT_EQ(failed.error().file, "1_a.down.sql");
}

TEST_F(formats, adopt_takes_over_golang_migrate) {
    put("1_a.up.sql", "CREATE TABLE a (i int);");
    put("2_b.up.sql", "CREATE TABLE b (i int);");
    put("3_c.up.sql", "CREATE TABLE c (i int);");
    sql("CREATE TABLE a (i int); CREATE TABLE b (i int); CREATE TABLE schema_migrations (version "
        "bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);"
        "INSERT INTO schema_migrations VALUES (2, true)");
    EXPECT_THAT(outcome_text(adopt()), HasSubstr("version 2 is dirty"));
    EXPECT_EQ(world.value("SELECT to_regclass('headspace.migrations') IS NULL"), "t");
    sql("UPDATE schema_migrations SET dirty = false");
    EXPECT_EQ(outcome_text(adopt({}, true)), "done:");
    EXPECT_TRUE(world.seen.back().dry_run);
    EXPECT_EQ(world.seen.back().plan.size(), 2);
    EXPECT_EQ(world.value("SELECT to_regclass('headspace.migrations') IS NULL"), "t");
    EXPECT_EQ(outcome_text(adopt()), "done: 1 2");
    EXPECT_EQ(world.ledger(), "1:stamped 2:stamped");
    EXPECT_THAT(pending(), ElementsAre("3"));
    EXPECT_EQ(outcome_text(adopt()), "done:");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 3");
}

TEST_F(formats, what_was_reverted_here_is_not_adopted_again_until_it_is_said_to_be_applied) {
    put("1_a.up.sql", "CREATE TABLE a (i int);");
    put("1_a.down.sql", "DROP TABLE a;");
    sql("CREATE TABLE a (i int); CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY "
        "KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (1, false)");
    EXPECT_EQ(outcome_text(adopt()), "done: 1");
    ASSERT_TRUE(world.downgrade("base"));
    EXPECT_THAT(outcome_text(adopt()),
                AllOf(HasSubstr("says that 1 is applied"), HasSubstr("has reverted it at 20")));
    EXPECT_EQ(world.ledger(), "");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
    EXPECT_EQ(outcome_text(adopt()), "done:");
}

TEST_F(formats, adopt_takes_over_goose_from_another_schema) {
    put("00001_a.sql", "-- +goose Up\nCREATE TABLE a (i int);\n");
    put("00002_b.sql", "-- +goose Up\nCREATE TABLE b (i int);\n");
    sql("CREATE SCHEMA app; CREATE TABLE app.goose_db_version (id integer PRIMARY KEY GENERATED BY "
        "DEFAULT AS IDENTITY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp "
        "timestamp NOT NULL DEFAULT now());"
        "INSERT INTO app.goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), "
        "(2, true), (2, false)");
    EXPECT_EQ(outcome_text(adopt()), "done: 00001");
    EXPECT_THAT(pending(), ElementsAre("00002"));
}

TEST_F(formats, adopt_takes_over_dbmate_and_diesel) {
    put("20240101_a.sql", "-- migrate:up\n-- migrate:down\n");
    put("20240102_b.sql", "-- migrate:up\n-- migrate:down\n");
    sql("CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);"
        "INSERT INTO schema_migrations VALUES ('20240101');"
        "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on "
        "timestamp "
        "NOT NULL DEFAULT CURRENT_TIMESTAMP);"
        "INSERT INTO __diesel_schema_migrations VALUES ('20240101'), ('20240102')");
    EXPECT_THAT(outcome_text(adopt()),
                AllOf(HasSubstr("several bookkeepings"), HasSubstr("--from")));
    EXPECT_EQ(outcome_text(adopt("dbmate")), "done: 20240101");
    EXPECT_THAT(pending(), ElementsAre("20240102"));
    EXPECT_EQ(outcome_text(adopt("diesel")), "done: 20240102");
    sql("INSERT INTO schema_migrations VALUES ('20990101')");
    EXPECT_THAT(outcome_text(adopt("dbmate")), HasSubstr("20990101 is applied"));
}

TEST_F(formats, adopt_takes_over_flyway) {
    put("V1__a.sql", "CREATE TABLE a (i int);");
    put("V1.10__b.sql", "CREATE TABLE b (i int);");
    put("V2__c.sql", "CREATE TABLE c (i int);");
    put("R__v.sql", "select 1;\n");
    sql("CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version "
        "varchar(50), description varchar(200) NOT NULL, type varchar(20) NOT NULL, script "
        "varchar(1000) NOT NULL, checksum integer, installed_by varchar(100) NOT NULL, "
        "installed_on "
        "timestamp NOT NULL DEFAULT now(), execution_time integer NOT NULL, success boolean NOT "
        "NULL); INSERT INTO flyway_schema_history VALUES "
        "(1, '1', 'a', 'SQL', 'V1__a.sql', 1, 'me', now(), 1, true), "
        "(2, '1.10', 'b', 'SQL', 'V1.10__b.sql', 1, 'me', now(), 1, true), "
        "(3, NULL, 'v', 'SQL', 'R__v.sql', 7, 'me', now(), 1, true), "
        "(4, '2', 'c', 'SQL', 'V2__c.sql', 1, 'me', now(), 1, false)");
    EXPECT_THAT(outcome_text(adopt()), HasSubstr("V2__c.sql failed"));
    sql("DELETE FROM flyway_schema_history WHERE installed_rank = 4");
    EXPECT_EQ(outcome_text(adopt()), "done: 1 1.10");
    EXPECT_THAT(pending(), ElementsAre("2", "R__v"));
}

TEST_F(formats, adopt_of_alembic_and_of_nothing_says_what_to_do) {
    put("1_a.up.sql", "CREATE TABLE a (i int);");
    EXPECT_THAT(outcome_text(adopt()), HasSubstr("no other tool's bookkeeping"));
    sql("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, CONSTRAINT "
        "alembic_version_pkc PRIMARY KEY (version_num));"
        "INSERT INTO alembic_version VALUES ('ae1027a6acf')");
    EXPECT_THAT(outcome_text(adopt()),
                AllOf(HasSubstr("ae1027a6acf"), HasSubstr("headspacectl db pull")));
}

// Real directories: everything goes up; where the project's own downs are whole, down and up again.
namespace {

struct real {
    const char* folder;
    std::size_t revisions;
    bool down;
};

} // namespace

TEST_F(formats, real_directories_are_applied) {
    const char* corpora = std::getenv("HEADSPACE_CORPORA");
    if (!corpora) {
        std::cout << "HEADSPACE_CORPORA is not set: ran on the repository's own fixtures only\n";
        return;
    }
    for (const real& one :
         {real{"openmeter/migrations", 269, true}, real{"superplane/migrations", 178, false},
          real{"hatchet", 181, false}, real{"docspell", 65, false}, real{"lemmy", 247, false}}) {
        const std::string name = std::string("of_") + one.folder[0] + one.folder[1];
        (void)world.value("CREATE DATABASE " + name);
        world.settings.directory = (fs::path(corpora) / one.folder).string();
        const std::string url = world.cluster.url(name);
        const auto up = world.run(upgrade_to("head"), url, 300s);
        EXPECT_TRUE(up) << one.folder << ": " << outcome_text(up);
        EXPECT_EQ(up ? up->done.size() : 0, one.revisions) << one.folder;
        if (one.down && up) {
            const auto down = world.run(downgrade_to("base"), url, 300s);
            EXPECT_TRUE(down) << one.folder << ": " << outcome_text(down);
            EXPECT_EQ(down ? down->done.size() : 0, one.revisions) << one.folder;
            const auto again = world.run(upgrade_to("head"), url, 300s);
            EXPECT_TRUE(again) << one.folder << ": " << outcome_text(again);
        }
    }
}
