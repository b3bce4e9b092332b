// Another tool's directory and database behind a running headspaced: read, taken over, imported.
#include "integration/daemon_migrating.hpp"

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::HasSubstr;

namespace fs = std::filesystem;

namespace {

class daemon_formats : public daemon_migrating {
protected:
    void put(const std::string& name, const std::string& text) const {
        fs::create_directories((directory() / name).parent_path());
        write_file(directory() / name, text);
    }
    void goose() const {
        put("00001_a.sql",
            "-- +goose Up\nCREATE TABLE a (i int);\n-- +goose Down\nDROP TABLE a;\n");
        put("00002_b.sql",
            "-- +goose Up\nCREATE TABLE b (i int);\n-- +goose Down\nDROP TABLE b;\n");
    }
};

} // namespace

TEST_F(daemon_formats, the_verbs_work_on_another_tools_directory_and_write_nothing_into_it) {
    goose();
    const auto daemon = start();
    const process_outcome up = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(up.exit_status, 0) << up.output;
    EXPECT_THAT(up.output, HasSubstr("Running upgrade 00001 -> 00002, b"));
    EXPECT_THAT(up.output, testing::Not(HasSubstr("headspace.sum")));
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "00002 (head)\n");
    EXPECT_EQ(daemon->ctl({"db", "history"}).output, "00001 -> 00002 (head), b\n"
                                                     "<base> -> 00001, a\n");
    EXPECT_THAT(daemon->ctl({"db", "show", "00002"}).output, HasSubstr("/00002_b.sql\n"));
    EXPECT_EQ(daemon->ctl({"db", "status"}).exit_status, 0);
    for (const std::vector<std::string>& verb :
         {std::vector<std::string>{"db", "revision", "-m", "x"},
          {"db", "migrate", "-m", "x"},
          {"db", "hash"}}) {
        const process_outcome refused = daemon->ctl(verb);
        EXPECT_EQ(refused.exit_status, 3) << refused.output;
        EXPECT_THAT(refused.output, AllOf(HasSubstr("goose"), HasSubstr("headspacectl db import")));
    }
    EXPECT_EQ(daemon->ctl({"db", "downgrade", "base"}).exit_status, 0);
    EXPECT_EQ(tables(), "");
}

TEST_F(daemon_formats, the_configured_format_decides_between_two) {
    goose();
    put("V1__c.sql", "CREATE TABLE c (i int);");
    {
        const auto daemon = start();
        const process_outcome refused = daemon->ctl({"db", "upgrade"});
        EXPECT_EQ(refused.exit_status, 3);
        EXPECT_THAT(refused.output, HasSubstr("migrations of several tools"));
    }
    const auto daemon = start("format = \"flyway\"");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(tables(), "c");
}

TEST_F(daemon_formats, adopt_records_what_goose_has_applied) {
    goose();
    value(
        "CREATE TABLE a (i int); CREATE TABLE goose_db_version (id integer PRIMARY KEY GENERATED "
        "BY DEFAULT AS IDENTITY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp "
        "timestamp NOT NULL DEFAULT now()); INSERT INTO goose_db_version (version_id, is_applied) "
        "VALUES (0, true), (1, true)");
    const auto daemon = start();
    const process_outcome dry = daemon->ctl({"db", "adopt", "--dry-run"});
    EXPECT_EQ(dry.exit_status, 0) << dry.output;
    EXPECT_THAT(dry.output, HasSubstr("Would stamp 00001, a"));
    EXPECT_EQ(ledger(), "");
    EXPECT_EQ(daemon->ctl({"db", "adopt", "--from", "flyway"}).exit_status, 3);
    const process_outcome done = daemon->ctl({"db", "adopt"});
    EXPECT_EQ(done.exit_status, 0) << done.output;
    EXPECT_EQ(ledger(), "00001:stamped");
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "00001\n");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(ledger(), "00001:stamped 00002:applied");
}

TEST_F(daemon_formats, an_imported_directory_goes_on_where_the_old_one_was) {
    goose();
    {
        const auto daemon = start();
        ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
        const process_outcome done = daemon->ctl(
            {"db", "import", directory().string(), "-d", (home.path() / "new").string()});
        EXPECT_EQ(done.exit_status, 0) << done.output;
        EXPECT_THAT(done.output, HasSubstr("00002_b.sql -> versions/00002_b.sql"));
    }
    fs::rename(directory(), home.path() / "old");
    fs::rename(home.path() / "new", directory());
    const auto daemon = start();
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "00002 (head)\n");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(ledger(), "00001:applied 00002:applied");
    EXPECT_EQ(daemon->ctl({"db", "downgrade", "base"}).exit_status, 0);
    EXPECT_EQ(tables(), "");
}

TEST_F(daemon_formats, repeatables_of_flyway_are_listed_shown_and_looked_after) {
    put("V1__a.sql", "CREATE TABLE a (i int);");
    put("V2__b.sql", "CREATE TABLE b (i int);");
    put("R__views_of_a.sql", "CREATE OR REPLACE VIEW v AS SELECT i FROM a;");
    const auto daemon = start();
    EXPECT_EQ(daemon->ctl({"db", "history"}).output, "R__views of a (repeatable), views of a\n"
                                                     "1 -> 2 (head), b\n"
                                                     "<base> -> 1, a\n");
    EXPECT_EQ(daemon->ctl({"db", "history", "-r", ":1"}).output, "<base> -> 1, a\n");
    const process_outcome shown = daemon->ctl({"db", "show", "R__views of a"});
    EXPECT_EQ(shown.exit_status, 0);
    EXPECT_THAT(shown.output, AllOf(HasSubstr("Rev: R__views of a (repeatable)\n"),
                                    HasSubstr("/R__views_of_a.sql\n")));
    EXPECT_EQ(daemon->ctl({"db", "show", "R__nothing"}).exit_status, 2);

    const process_outcome before = daemon->ctl({"db", "check"});
    EXPECT_EQ(before.exit_status, 1) << before.output;
    EXPECT_THAT(before.output, HasSubstr("R__views_of_a.sql: was never applied, and is pending"));
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    const process_outcome clean = daemon->ctl({"db", "check"});
    EXPECT_EQ(clean.exit_status, 0) << clean.output;
    put("R__views_of_a.sql", "CREATE OR REPLACE VIEW v AS SELECT i, 1 AS one FROM a;");
    const process_outcome changed = daemon->ctl({"db", "check"});
    EXPECT_EQ(changed.exit_status, 1) << changed.output;
    EXPECT_THAT(changed.output, HasSubstr("R__views_of_a.sql: changed after it was applied ("));
    EXPECT_THAT(changed.output, testing::Not(HasSubstr("view public.v"))) << "as it was applied";
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(daemon->ctl({"db", "check"}).exit_status, 0);
    cluster.sql("postgres", "DROP VIEW v");
    EXPECT_THAT(daemon->ctl({"db", "check"}).output, HasSubstr("view public.v: missing"));
}

TEST_F(daemon_formats, repeatables_of_flyway_are_part_of_what_the_migrations_make) {
    put("V1__a.sql", "CREATE TABLE a (i int);");
    put("R__b_over_a.sql", "CREATE OR REPLACE VIEW b_over_a AS SELECT i FROM a_over_a;");
    put("R__a_over_a.sql", "CREATE OR REPLACE VIEW a_over_a AS SELECT i FROM a;");
    cluster.create_database("model");
    cluster.sql("model", "CREATE TABLE a (i int); CREATE VIEW a_over_a AS SELECT i FROM a; "
                         "CREATE VIEW b_over_a AS SELECT i FROM a_over_a");
    const auto daemon = start();
    const auto compare = [&] {
        return daemon->ctl(
            {"db", "migrate", "-m", "x", "--sql", "--model-url", cluster.url("model")});
    };
    const process_outcome same = compare();
    EXPECT_EQ(same.exit_status, 0) << same.output;
    EXPECT_THAT(same.output, HasSubstr("No changes in schema detected."));
    // As the file says it now, whatever the database has.
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    put("R__b_over_a.sql", "CREATE OR REPLACE VIEW b_over_a AS SELECT i, 1 AS one FROM a_over_a;");
    const process_outcome changed = compare();
    EXPECT_EQ(changed.exit_status, 0) << changed.output;
    EXPECT_THAT(changed.output, AllOf(HasSubstr("Detected change of view 'b_over_a'"),
                                      HasSubstr("DROP VIEW public.b_over_a"),
                                      testing::Not(HasSubstr("VIEW public.a_over_a"))));
    // One that does not run names its file.
    put("R__b_over_a.sql", "\nCREATE OR REPLACE VIEW b_over_a AS SELECT j FROM a_over_a;");
    const process_outcome broken = compare();
    EXPECT_EQ(broken.exit_status, 5) << broken.output;
    EXPECT_THAT(broken.output, HasSubstr("R__b_over_a.sql:2: column \"j\" does not exist"));
    fs::remove(directory() / "R__b_over_a.sql");
    EXPECT_THAT(compare().output, HasSubstr("Detected added view 'b_over_a'"));
}

TEST_F(daemon_formats, who_comes_from_alembic_needs_no_directory_to_be_told_what_to_do) {
    const auto daemon = start();
    const process_outcome nothing = daemon->ctl({"db", "adopt"});
    EXPECT_EQ(nothing.exit_status, 3);
    EXPECT_THAT(nothing.output, HasSubstr("no other tool's bookkeeping"));
    value("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, CONSTRAINT "
          "alembic_version_pkc PRIMARY KEY (version_num)); INSERT INTO alembic_version VALUES "
          "('ae1027a6acf'); CREATE TABLE users (id int PRIMARY KEY)");
    const process_outcome told = daemon->ctl({"db", "adopt"});
    EXPECT_EQ(told.exit_status, 3);
    EXPECT_THAT(told.output, AllOf(HasSubstr("ae1027a6acf"), HasSubstr("headspacectl db pull")));
    const process_outcome pulled = daemon->ctl({"db", "pull"});
    EXPECT_EQ(pulled.exit_status, 0) << pulled.output;
    EXPECT_THAT(pulled.output, HasSubstr("left out: the bookkeeping of alembic"));
    EXPECT_THAT(read_file(directory() / "schema/20_tables.sql"),
                AllOf(HasSubstr("users"), testing::Not(HasSubstr("alembic"))));
    EXPECT_EQ(daemon->ctl({"db", "migrate", "-m", "x"}).output, "No changes in schema detected.\n");
    EXPECT_EQ(daemon->ctl({"db", "check"}).exit_status, 0);

    fs::remove_all(directory());
    value("DROP SCHEMA headspace CASCADE; DROP TABLE alembic_version; CREATE TABLE "
          "goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean "
          "NOT NULL, tstamp timestamp DEFAULT now())");
    const process_outcome goose = daemon->ctl({"db", "adopt"});
    EXPECT_EQ(goose.exit_status, 3);
    EXPECT_THAT(goose.output, HasSubstr("there is no migrations directory"));
}
