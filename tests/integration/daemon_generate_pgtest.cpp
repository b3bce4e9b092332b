// `db migrate` and `db pull` by a whole headspaced: from the declared schema to proved files, and
// what bad input, missing rights and kills make of them.
#include "integration/daemon_generating.hpp"

#include <boost/json.hpp>

#include <csignal>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

namespace {

namespace fs = std::filesystem;

class daemon_generate : public daemon_generating {};

} // namespace

TEST_F(daemon_generate, a_declared_schema_becomes_a_revision_and_then_there_is_nothing_to_do) {
    two_tables(); // posts comes before the table that it refers to
    const auto daemon = start();
    const process_outcome first = migrate(*daemon);
    ASSERT_EQ(first.exit_status, 0) << first.output << daemon->log();
    EXPECT_THAT(first.output, HasSubstr("Detected added table 'users'"));
    EXPECT_THAT(first.output, HasSubstr("Detected added table 'posts'"));
    ASSERT_EQ(files().size(), 1U);
    EXPECT_THAT(files().front().filename().string(), MatchesRegex("[0-9]*_a_change.sql"));
    EXPECT_THAT(newest(), AllOf(HasSubstr("-- migrate:up"), HasSubstr("CREATE TABLE"),
                                HasSubstr("-- migrate:down"), HasSubstr("DROP TABLE")));
    EXPECT_EQ(scratch_databases(), "");
    EXPECT_EQ(tables(), "") << "nothing is applied by comparing";

    const process_outcome up = daemon->ctl({"db", "upgrade"});
    ASSERT_EQ(up.exit_status, 0) << up.output;
    EXPECT_EQ(tables(), "posts users");
    const process_outcome again = migrate(*daemon);
    EXPECT_EQ(again.exit_status, 0) << again.output;
    EXPECT_EQ(again.output, "No changes in schema detected.\n");
    EXPECT_EQ(files().size(), 1U);

    declare("users.sql", "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL DEFAULT "
                         "'', born date);\n");
    const process_outcome change = migrate(*daemon);
    ASSERT_EQ(change.exit_status, 0) << change.output;
    EXPECT_THAT(newest(), HasSubstr("born"));
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    ASSERT_EQ(daemon->ctl({"db", "downgrade", "base"}).exit_status, 0);
    EXPECT_EQ(tables(), "");
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(tables(), "posts users");
}

TEST_F(daemon_generate, a_statement_that_loses_data_is_marked_and_upgrade_asks_for_leave) {
    two_tables();
    const auto daemon = start();
    ASSERT_EQ(migrate(*daemon).exit_status, 0);
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    declare("b.sql",
            "CREATE TABLE posts (id integer PRIMARY KEY, author integer NOT NULL REFERENCES "
            "users);\nCREATE INDEX posts_author ON posts (author);\n");
    const process_outcome done = migrate(*daemon);
    ASSERT_EQ(done.exit_status, 0) << done.output;
    EXPECT_THAT(newest(), HasSubstr("-- DESTRUCTIVE: "));
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 3);
    EXPECT_EQ(daemon->ctl({"db", "upgrade", "--allow-destructive"}).exit_status, 0);
}

TEST_F(daemon_generate, sql_prints_the_file_and_writes_none) {
    two_tables();
    const auto daemon = start();
    const process_outcome done = migrate(*daemon, {"--sql"});
    EXPECT_EQ(done.exit_status, 0) << done.output;
    EXPECT_THAT(done.output, HasSubstr("-- migrate:up\n"));
    EXPECT_THAT(files(), IsEmpty());
}

TEST_F(daemon_generate, a_schema_file_with_an_error_is_5_with_its_place) {
    declare("a.sql", "CREATE TABLE a (id integer);\n\nCREATE TABLE b (\n  id nonsense);\n");
    const auto daemon = start();
    expect_refused(*daemon, 5, {"schema/a.sql:4:6: ", "type \"nonsense\" does not exist", "42704"});
    declare("a.sql", "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$ SELECT no_such $$;\n");
    expect_refused(*daemon, 5, {"schema/a.sql:1:", "no_such"});
    declare("a.sql", "CREATE EXTENSION no_such_extension;\n");
    expect_refused(*daemon, 5, {"schema/a.sql:1:", "no_such_extension"});
}

TEST_F(daemon_generate, what_reaches_beyond_the_database_is_3) {
    const auto daemon = start();
    declare("a.sql", "CREATE TABLE a ();\nCREATE ROLE leaked;\n");
    expect_refused(*daemon, 3, {"schema/a.sql:2: CREATE ROLE may not stand in schema/"});
    EXPECT_EQ(value("SELECT count(*) FROM pg_roles WHERE rolname = 'leaked'"), "0");
    declare("a.sql", "\\i other.sql\n");
    expect_refused(*daemon, 3, {"schema/a.sql:1"});
    declare("a.sql", "-- nothing\n");
    expect_refused(*daemon, 3, {"schema/ declares nothing"});
}

TEST_F(daemon_generate, functions_may_come_before_what_they_use_and_data_is_only_noted) {
    declare("a.sql",
            "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM late "
            "$$;\nCREATE TABLE late (id integer DEFAULT 1);\nINSERT INTO late VALUES (1);\n");
    const auto daemon = start();
    const process_outcome done = migrate(*daemon);
    EXPECT_EQ(done.exit_status, 0) << done.output;
    EXPECT_THAT(done.output, HasSubstr("schema/ fills a table with rows"));
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(value("SELECT f()"), "0");
}

TEST_F(daemon_generate, a_migration_that_fails_on_an_empty_database_is_5_with_its_line) {
    two_tables();
    revision("1", "CREATE TABLE a (id int);\nALTER TABLE nowhere ADD x int;");
    const auto daemon = start();
    expect_refused(*daemon, 5, {"versions/1_r.sql:4: ", "nowhere", "42P01"});
}

TEST_F(daemon_generate, settings_of_one_migration_do_not_reach_the_next) {
    revision("1", "CREATE SCHEMA app;\nSET search_path = app;\nCREATE TABLE a (id int);",
             "DROP SCHEMA app CASCADE;");
    revision("2", "CREATE TABLE b (id int);", "DROP TABLE b;");
    declare("a.sql", "CREATE SCHEMA app;\nCREATE TABLE app.a (id int);\nCREATE TABLE public.b (id "
                     "int);\n");
    const auto daemon = start();
    const process_outcome done = migrate(*daemon);
    EXPECT_EQ(done.output, "No changes in schema detected.\n");
}

TEST_F(daemon_generate, without_createdb_the_exact_line_for_the_administrator_is_told) {
    two_tables();
    cluster.create_role("plain", "", "LOGIN");
    cluster.create_database("app", "plain");
    daemon_process daemon({.config = "[database]\nurl = \"" + cluster.url("app", "plain") + "\"\n",
                           .folder = home.path()});
    ASSERT_TRUE(daemon.wait_ready());
    ASSERT_TRUE(daemon.wait_connected());
    expect_refused(daemon, 3, {"ALTER ROLE \"plain\" CREATEDB", "migrations.scratch_url"});
}

TEST_F(daemon_generate,
       a_scratch_url_takes_the_place_of_createdb_and_its_password_is_seen_nowhere) {
    two_tables();
    cluster.create_role("plain", "", "LOGIN");
    cluster.create_role("maker", "", "LOGIN CREATEDB");
    cluster.create_database("app", "plain");
    std::string url = cluster.url("postgres", "maker");
    url.replace(url.find("maker"), 5, "maker:c4nary-Z9x%21%40%2F%25-s3cret");
    daemon_process daemon({.config = "[database]\nurl = \"" + cluster.url("app", "plain") +
                                     "\"\n[migrations]\nscratch_url = \"" + url + "\"\n",
                           .folder = home.path()});
    ASSERT_TRUE(daemon.wait_ready());
    ASSERT_TRUE(daemon.wait_connected());
    const process_outcome done = migrate(daemon);
    EXPECT_EQ(done.exit_status, 0) << done.output;
    EXPECT_EQ(files().size(), 1U);
    EXPECT_EQ(scratch_databases(), "");
}

TEST_F(daemon_generate, what_a_tool_notes_in_the_models_database_is_not_declared) {
    two_tables();
    cluster.create_database("model");
    cluster.sql("model",
                "CREATE TABLE orders (id integer PRIMARY KEY); CREATE TABLE alembic_version "
                "(version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY); "
                "CREATE TABLE django_migrations (id bigserial PRIMARY KEY, app varchar(255) NOT "
                "NULL, name varchar(255) NOT NULL, applied timestamptz NOT NULL)");
    const auto daemon = start();
    const process_outcome done = migrate(*daemon, {"--model-url", cluster.url("model")});
    EXPECT_EQ(done.exit_status, 0) << done.output;
    EXPECT_THAT(done.output,
                AllOf(HasSubstr("left out: the bookkeeping of alembic (public.alembic_version)"),
                      HasSubstr("left out: the bookkeeping of django (public.django_migrations)"),
                      HasSubstr("schema is not read, and a later db migrate without --model-url")));
    EXPECT_THAT(newest(), HasSubstr("CREATE TABLE public.orders"));
    EXPECT_THAT(newest(), Not(AnyOf(HasSubstr("alembic"), HasSubstr("django"))));
    // What the migrations make themselves is theirs.
    revision("29990101000000", "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL "
                               "CONSTRAINT alembic_version_pkc PRIMARY KEY);");
    EXPECT_THAT(migrate(*daemon, {"--model-url", cluster.url("model")}).output,
                HasSubstr("No changes in schema detected."));
}

TEST_F(daemon_generate, a_models_database_that_lets_nobody_in_is_said_without_its_password) {
    two_tables();
    cluster.create_role("modeller", "the right one");
    cluster.create_database("model", "modeller");
    cluster.set_hba({"local model modeller scram-sha-256"});
    const auto daemon = start();
    expect_refused(*daemon, 6,
                   {"the model's database", "Password rejected", "28P01", "source: --model-url"},
                   {"--model-url",
                    "postgresql://modeller:wr0ng-w0rd@/model?host=" + cluster.socket_directory() +
                        "&port=" + std::to_string(cluster.port())});
    expect_refused(*daemon, 6, {"the model's database", "08001"},
                   {"--model-url", "postgresql://modeller:wr0ng-w0rd@127.0.0.1:1/model"});
    EXPECT_THAT(daemon->log(), Not(HasSubstr("wr0ng-w0rd")));
}

TEST_F(daemon_generate, another_database_can_be_the_model) {
    fs::remove_all(directory() / "schema");
    cluster.create_database("model");
    cluster.sql("model", "CREATE TABLE orders (id integer PRIMARY KEY, total numeric(10,2))");
    const auto daemon = start();
    std::string url = cluster.url("model");
    url.replace(url.find("postgres@"), 9, "postgres:c4nary-Z9x%21%40%2F%25-s3cret@");
    const process_outcome done = migrate(*daemon, {"--model-url", url});
    EXPECT_EQ(done.exit_status, 0) << done.output;
    EXPECT_THAT(done.output, Not(HasSubstr("c4nary")));
    EXPECT_THAT(newest(), HasSubstr("orders"));
    EXPECT_THAT(daemon->log(), Not(HasSubstr("c4nary")));
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(migrate(*daemon, {"--model-url", cluster.url("model")}).output,
              "No changes in schema detected.\n");
    expect_refused(*daemon, 6, {"the model's database"},
                   {"--model-url", cluster.url("no_such_database")});
}

TEST_F(daemon_generate, pull_makes_a_directory_that_says_what_the_database_is) {
    fs::remove_all(directory());
    cluster.sql("postgres",
                "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL DEFAULT '');"
                "CREATE TABLE posts (id integer PRIMARY KEY, author integer REFERENCES users);"
                "CREATE INDEX posts_author ON posts (author)");
    const auto daemon = start();
    const process_outcome pulled = daemon->ctl({"db", "pull"});
    ASSERT_EQ(pulled.exit_status, 0) << pulled.output;
    EXPECT_TRUE(fs::exists(directory() / "schema/20_tables.sql")) << pulled.output;
    ASSERT_EQ(files().size(), 1U);
    EXPECT_THAT(ledger(), HasSubstr(":stamped"));
    EXPECT_EQ(migrate(*daemon).output, "No changes in schema detected.\n");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).output, "Nothing to do.\n");
    EXPECT_EQ(daemon->ctl({"db", "pull"}).exit_status, 3);
    EXPECT_EQ(scratch_databases(), "");
}

TEST_F(daemon_generate, what_a_killed_run_left_is_dropped_by_the_next_start) {
    declare("a.sql", "CREATE TABLE a (id int);\nSELECT pg_sleep(60);\n");
    auto daemon = start();
    daemon->post("/v1/migrations/generate",
                 R"({"schema":[{"file":"schema/a.sql","text":"SELECT pg_sleep(60);"}]})");
    ASSERT_TRUE(eventually([&] { return !scratch_databases().empty(); }));
    ASSERT_TRUE(comes_to_run("SELECT pg_sleep(60)%"));
    const std::string left = scratch_databases();
    EXPECT_THAT(value("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname "
                      "LIKE 'headspace_scratch_%' LIMIT 1"),
                HasSubstr("scratch database of headspaced"));
    daemon->signal(SIGKILL);
    ASSERT_TRUE(daemon->wait_exit().has_value());
    EXPECT_EQ(scratch_databases(), left);
    daemon->start();
    ASSERT_TRUE(daemon->wait_ready());
    ASSERT_TRUE(daemon->wait_connected());
    EXPECT_TRUE(eventually([&] { return scratch_databases().empty(); })) << daemon->log();
    EXPECT_GE(daemon->log_lines_with("Dropped the scratch database"), 1U);
}

TEST_F(daemon_generate, a_run_that_goes_on_keeps_its_databases_and_can_be_cancelled) {
    auto daemon = start();
    const answer started =
        daemon->post("/v1/migrations/generate",
                     R"({"schema":[{"file":"schema/a.sql","text":"SELECT pg_sleep(60);"}]})");
    ASSERT_EQ(started.status, 202) << started.body;
    ASSERT_TRUE(comes_to_run("SELECT pg_sleep(60)%"));
    const std::string used = scratch_databases();
    const process_outcome busy = migrate(*daemon, {"--model-url", cluster.url()});
    EXPECT_EQ(busy.exit_status, 4) << busy.output;
    {
        // Another headspaced that starts now finds them in use.
        daemon_process other({.config = config()});
        ASSERT_TRUE(other.wait_ready());
        ASSERT_TRUE(other.wait_connected());
        EXPECT_EQ(other
                      .ctl({"db", "migrate", "-d", directory().string(), "-m", "x", "--model-url",
                            cluster.url("template1")})
                      .exit_status,
                  0);
    }
    EXPECT_EQ(scratch_databases(), used);
    const std::string id(started.json().at("id").as_string());
    const process_outcome cancelled = daemon->ctl({"db", "cancel"});
    EXPECT_EQ(cancelled.exit_status, 0) << cancelled.output;
    EXPECT_TRUE(eventually([&] { return scratch_databases().empty(); })) << daemon->log();
    EXPECT_THAT(daemon->get("/v1/operations/" + id).body, HasSubstr("\"cancelled\""));
}

TEST_F(daemon_generate, a_bad_request_is_400_and_a_daemon_without_a_database_is_6) {
    auto daemon = start();
    EXPECT_EQ(daemon->post("/v1/migrations/generate", R"({"schema":1})").status, 400);
    EXPECT_EQ(daemon->post("/v1/migrations/generate", R"({"shema":[]})").status, 400);
    two_tables();
    cluster.stop();
    const process_outcome done = migrate(*daemon);
    EXPECT_EQ(done.exit_status, 6) << done.output;
    EXPECT_THAT(files(), IsEmpty());
}

TEST_F(daemon_generate, files_that_cannot_be_read_or_ordered_are_3_for_every_verb_and_are_named) {
    const auto daemon = start();
    const auto expect_named = [&](const std::vector<std::string>& said) {
        for (const std::vector<std::string>& verb :
             std::vector<std::vector<std::string>>{{"db", "upgrade"},
                                                   {"db", "migrate", "-m", "x"},
                                                   {"db", "check"},
                                                   {"db", "heads"}}) {
            const process_outcome refused = daemon->ctl(verb);
            EXPECT_EQ(refused.exit_status, 3) << verb.at(1) << ": " << refused.output;
            for (const std::string& part : said)
                EXPECT_THAT(refused.output, HasSubstr(part)) << verb.at(1);
        }
        for (const fs::path& file : files())
            fs::remove(file);
    };
    two_tables();
    const std::string body = "\n-- migrate:up\nSELECT 1;\n";
    {
        SCOPED_TRACE("a cycle of parents");
        write("1_a.sql", "-- a\n-- headspace:parent 2" + body);
        write("2_b.sql", "-- b\n-- headspace:parent 1" + body);
        expect_named({"1", "2", "cycle"});
    }
    {
        SCOPED_TRACE("a missing parent");
        write("1_a.sql", "-- a\n-- headspace:parent 7" + body);
        expect_named({"1_a.sql", "7"});
    }
    {
        SCOPED_TRACE("a revision twice");
        write("1_a.sql", "-- a" + body);
        write("1_b.sql", "-- b" + body);
        expect_named({"1_a.sql", "1_b.sql"});
    }
    {
        SCOPED_TRACE("a file in no known format");
        write("1_a.sql", "CREATE TABLE a (id integer);\n");
        expect_named({"1_a.sql"});
    }
    {
        SCOPED_TRACE("an unreadable directory");
        fs::remove_all(directory() / "versions");
        write_file(directory() / "versions", "a file\n");
        for (const char* verb : {"upgrade", "heads", "check"})
            EXPECT_EQ(daemon->ctl({"db", verb}).exit_status, 3) << verb;
        EXPECT_EQ(migrate(*daemon).exit_status, 3);
    }
    EXPECT_EQ(ledger(), "");
    EXPECT_EQ(scratch_databases(), "");
}
