// `headspacectl db check`: what differs between files, ledger and database, each named; and that
// nothing stays behind.
#include "integration/daemon_migrating.hpp"

#include <boost/json.hpp>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

class daemon_check : public daemon_migrating {
protected:
    /// A table with everything that a person may change by hand.
    void rich() const {
        revision(
            "1",
            "CREATE TABLE users (id int PRIMARY KEY, name text DEFAULT 'nobody');\n"
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN RETURN NEW; "
            "END;\n$$;\n"
            "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION "
            "touch();\n"
            "GRANT SELECT ON users TO reader;",
            "DROP TABLE users;\nDROP FUNCTION touch();");
        revision("2", "CREATE VIEW names AS SELECT name FROM users;", "DROP VIEW names;");
    }
    void hash(daemon_process& daemon) const {
        ASSERT_EQ(daemon.ctl({"db", "hash"}).exit_status, 0);
    }
    [[nodiscard]] std::string scratch_databases() const {
        return value("SELECT count(*) FROM pg_database WHERE datname LIKE 'headspace_scratch%'");
    }
};

} // namespace

TEST_F(daemon_check, a_database_that_is_what_the_migrations_say_has_no_findings) {
    cluster.create_role("reader");
    rich();
    const auto daemon = start();
    hash(*daemon);
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    const process_outcome clean = daemon->ctl({"db", "check"});
    EXPECT_EQ(clean.exit_status, 0) << clean.output;
    EXPECT_THAT(clean.output, HasSubstr("The database is what the migrations say."));
    const process_outcome round = daemon->ctl({"db", "check", "--roundtrip"});
    EXPECT_EQ(round.exit_status, 0) << round.output;
    EXPECT_THAT(round.output, HasSubstr("each down restores what was before its up."));
    EXPECT_EQ(scratch_databases(), "0");
}

TEST_F(daemon_check, each_change_by_hand_is_named) {
    cluster.create_role("reader");
    rich();
    const auto daemon = start();
    hash(*daemon);
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    cluster.sql("postgres", "CREATE INDEX extra ON users (name);"
                            "ALTER TABLE users ALTER name SET DEFAULT 'somebody';"
                            "ALTER TABLE users DISABLE TRIGGER touched;"
                            "REVOKE SELECT ON users FROM reader;"
                            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql "
                            "AS $$\nBEGIN RETURN OLD; END;\n$$;"
                            "CREATE TABLE more (id int)");
    const process_outcome found = daemon->ctl({"db", "check"});
    EXPECT_EQ(found.exit_status, 1) << found.output;
    EXPECT_THAT(found.output,
                AllOf(HasSubstr("index public.extra: not expected\n"),
                      HasSubstr("default public.users.name: expression is 'somebody'::text, should "
                                "be 'nobody'::text\n"),
                      HasSubstr("trigger public.users.touched: enabled is DISABLE"),
                      HasSubstr("privilege of table public.users for reader: missing\n"),
                      HasSubstr("function public.touch(): definition differs\n"),
                      HasSubstr("-BEGIN RETURN OLD; END;\n+BEGIN RETURN NEW; END;\n"),
                      HasSubstr("table public.more: not expected\n")));
    EXPECT_THAT(found.output, Not(HasSubstr("public.names")));
    EXPECT_EQ(scratch_databases(), "0");
    EXPECT_EQ(daemon->ctl({"db", "check", "--no-drift"}).exit_status, 0);
}

TEST_F(daemon_check, files_and_ledger_are_compared_line_by_line) {
    three();
    const auto daemon = start();
    hash(*daemon);
    ASSERT_EQ(daemon->ctl({"db", "upgrade", "2"}).exit_status, 0);
    revision("1", "CREATE TABLE a (id bigint);", "DROP TABLE a;");
    write("4_r.sql", "-- four\n-- headspace:parent 2\n-- migrate:up\nSELECT 1;\n-- migrate:down\n");
    const process_outcome found = daemon->ctl({"db", "check"});
    EXPECT_EQ(found.exit_status, 1) << found.output;
    EXPECT_THAT(found.output,
                AllOf(HasSubstr("there are several heads: 3, 4"),
                      HasSubstr("versions/1_r.sql: revision 1 was edited after it was applied"),
                      HasSubstr("+CREATE TABLE a (id bigint);"),
                      HasSubstr("versions/3_r.sql: revision 3 (revision 3) is pending"),
                      HasSubstr("headspace.sum:2: 1_r.sql was edited"),
                      HasSubstr("headspace.sum:5: 4_r.sql is missing there")));
    EXPECT_THAT(found.output, Not(HasSubstr("table public.a"))) << "as it was applied, it is right";
    const process_outcome json = daemon->ctl({"--json", "db", "check"});
    const auto answer = boost::json::parse(json.output);
    EXPECT_GE(answer.at("findings").as_array().size(), 6U);
}

TEST_F(daemon_check, what_is_not_compared_is_listed_and_with_strict_a_finding) {
    three();
    const auto daemon = start();
    hash(*daemon);
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    cluster.sql("postgres", "CREATE TEXT SEARCH CONFIGURATION mine (COPY = simple)");
    const process_outcome listed = daemon->ctl({"db", "check"});
    EXPECT_EQ(listed.exit_status, 0) << listed.output;
    EXPECT_THAT(listed.output, HasSubstr("not compared: text search configuration"));
    EXPECT_EQ(daemon->ctl({"db", "check", "--strict"}).exit_status, 1);
    value("DROP TEXT SEARCH CONFIGURATION mine");
    cluster.sql("postgres",
                "CREATE SUBSCRIPTION follows CONNECTION 'dbname=x password=c4nary-Z9x!@/%#-s3cret' "
                "PUBLICATION p WITH (connect = false, slot_name = NONE)");
    EXPECT_THAT(daemon->ctl({"db", "check"}).output,
                AllOf(HasSubstr("not compared: subscription follows"), Not(HasSubstr("c4nary"))));
    value("DROP SUBSCRIPTION follows");
    value("CREATE PUBLICATION whole FOR TABLES IN SCHEMA public");
    EXPECT_THAT(daemon->ctl({"db", "check"}).output, HasSubstr("publication whole: not expected"));
}

TEST_F(daemon_check, roundtrip_names_the_revision_whose_down_does_not_restore_and_what_differs) {
    revision("1", "CREATE TABLE a (id int);", "DROP TABLE a;");
    revision("2", "ALTER TABLE a ADD b int;\nCREATE INDEX a_id ON a (id);",
             "ALTER TABLE a DROP b;");
    revision("3", "CREATE TABLE c (id int);", "DROP TABLE c;");
    const auto daemon = start();
    hash(*daemon);
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    const process_outcome found = daemon->ctl({"db", "check", "--roundtrip"});
    EXPECT_EQ(found.exit_status, 1) << found.output;
    EXPECT_THAT(found.output, AllOf(HasSubstr("versions/2_r.sql: the down of revision 2 does not "
                                              "restore index public.a_id"),
                                    Not(HasSubstr("1_r.sql")), Not(HasSubstr("3_r.sql"))));
    EXPECT_EQ(tables(), "a c") << "the database itself was left alone";
    EXPECT_EQ(scratch_databases(), "0");

    revision("2", "ALTER TABLE a ADD b int;", "ALTER TABLE a DROP nothing;");
    EXPECT_THAT(daemon->ctl({"db", "check", "--roundtrip", "--no-drift"}).output,
                HasSubstr("the down of revision 2 fails: versions/2_r.sql:"));
    revision("2", "ALTER TABLE a ADD b int;");
    EXPECT_THAT(daemon->ctl({"db", "check", "--roundtrip", "--no-drift"}).output,
                HasSubstr("revision 2 has no `-- migrate:down`"));
}

TEST_F(daemon_check, without_the_right_to_make_databases_it_says_what_to_grant_after_the_rest) {
    three();
    cluster.create_role("app");
    cluster.create_database("mine", "app");
    daemon_process daemon({.config = "[database]\nurl = \"" + cluster.url("mine", "app") + "\"\n",
                           .folder = home.path()});
    ASSERT_TRUE(daemon.wait_connected());
    hash(daemon);
    ASSERT_EQ(daemon.ctl({"db", "upgrade", "2"}).exit_status, 0);
    const process_outcome found = daemon.ctl({"db", "check"});
    EXPECT_EQ(found.exit_status, 3) << found.output;
    EXPECT_THAT(found.output,
                AllOf(HasSubstr("versions/3_r.sql: revision 3"),
                      HasSubstr("the catalogues could not be compared"), HasSubstr("CREATEDB")));
    EXPECT_EQ(daemon.ctl({"db", "check", "--no-drift"}).exit_status, 1);
}

TEST_F(daemon_check, another_tools_directory_and_bookkeeping_are_no_drift) {
    std::filesystem::create_directories(directory());
    write_file(directory() / "00001_a.sql",
               "-- +goose Up\nCREATE TABLE a (i int);\n-- +goose Down\nDROP TABLE a;\n");
    value(
        "CREATE TABLE a (i int); CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id "
        "bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now()); "
        "INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true)");
    const auto daemon = start();
    const process_outcome adopted = daemon->ctl({"db", "adopt"});
    ASSERT_EQ(adopted.exit_status, 0) << adopted.output;
    const process_outcome clean = daemon->ctl({"db", "check", "--roundtrip"});
    EXPECT_EQ(clean.exit_status, 0) << clean.output;
    EXPECT_THAT(clean.output, HasSubstr("not compared: the bookkeeping of goose"));
    value("ALTER TABLE a ADD j int");
    const process_outcome found = daemon->ctl({"db", "check"});
    EXPECT_EQ(found.exit_status, 1) << found.output;
    EXPECT_THAT(found.output, HasSubstr("column public.a.j: not expected"));
}

TEST_F(daemon_check, a_cancelled_check_ends_and_leaves_no_scratch_database) {
    revision("1", "SELECT pg_sleep(600);", "SELECT 1;");
    const auto daemon = start();
    hash(*daemon);
    ASSERT_EQ(daemon->ctl({"db", "stamp", "head"}).exit_status, 0);
    const answer started =
        daemon->post("/v1/migrations/check", R"({"drift":false,"roundtrip":true,)"
                                             R"("revisions":[{"revision":"1",)"
                                             R"("parents":[],"message":"m",)"
                                             R"("file":"1_r.sql","checksum":"c",)"
                                             R"("up":{"text":"-- migrate:up\n)"
                                             R"(SELECT pg_sleep(600);"}}]})");
    ASSERT_EQ(started.status, 202) << started.body;
    ASSERT_TRUE(comes_to_run("SELECT pg_sleep(600)%"));
    EXPECT_EQ(scratch_databases(), "1");
    EXPECT_EQ(daemon->ctl({"db", "check"}).exit_status, 4) << "one operation at a time";
    EXPECT_EQ(daemon->ctl({"db", "cancel"}).exit_status, 0);
    EXPECT_TRUE(eventually([&] { return scratch_databases() == "0"; })) << daemon->log();
    const std::string id(started.json().at("id").as_string());
    EXPECT_THAT(daemon->get("/v1/operations/" + id).body, HasSubstr("\"cancelled\""));
}

TEST_F(daemon_check, a_bad_request_is_400_and_a_database_that_is_away_is_6) {
    three();
    const auto daemon = start();
    hash(*daemon);
    EXPECT_EQ(daemon->post("/v1/migrations/check", R"({"revisions":1})").status, 400);
    EXPECT_EQ(daemon->post("/v1/migrations/check", R"({"revisions":[],"drifts":true})").status,
              400);
    cluster.stop();
    const process_outcome away = daemon->ctl({"db", "check"});
    EXPECT_EQ(away.exit_status, 6) << away.output;
    EXPECT_EQ(daemon->ctl({"db", "check", "--offline"}).exit_status, 0);
}
