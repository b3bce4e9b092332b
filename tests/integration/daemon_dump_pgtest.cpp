// `headspacectl db dump`: the same bytes for the same schema, and a password that nobody sees.
#include "integration/daemon_migrating.hpp"

#include <sys/stat.h>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

class daemon_dump : public daemon_migrating {
protected:
    [[nodiscard]] std::string dumped() const { return read_file(directory() / "schema.sql"); }
    /// A program in a folder of its own, which anybody may run.
    std::filesystem::path fake_pg_dump(const std::string& script) const {
        const std::filesystem::path bin = home.path() / "bin";
        std::filesystem::create_directories(bin);
        write_file(bin / "pg_dump", "#!/bin/sh\n" + script);
        std::filesystem::permissions(bin / "pg_dump", std::filesystem::perms(0755));
        return bin;
    }
    [[nodiscard]] std::string with_bindir(const std::filesystem::path& bin) const {
        return "[embedded]\nbindir = \"" + bin.string() + "\"\n";
    }
};

} // namespace

TEST_F(daemon_dump, is_the_same_twice_and_on_another_server_with_the_same_schema) {
    three();
    revision("4",
             "CREATE FUNCTION f(password text) RETURNS bool LANGUAGE sql AS 'SELECT password = "
             "''x''';\nCOMMENT ON TABLE a IS 'it''s a';",
             "DROP FUNCTION f(text);");
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    const process_outcome first = daemon->ctl({"db", "dump"});
    ASSERT_EQ(first.exit_status, 0) << first.output;
    EXPECT_EQ(first.output, "Wrote " + (directory() / "schema.sql").string() + "\n");
    const std::string text = dumped();
    EXPECT_THAT(text, AllOf(HasSubstr("CREATE TABLE public.a"), HasSubstr("CREATE INDEX b_id"),
                            HasSubstr("password = 'x'"), HasSubstr("-- 1\n-- 2\n-- 3\n-- 4\n")));
    EXPECT_THAT(text, AllOf(Not(HasSubstr("SCHEMA headspace")), Not(HasSubstr("headspace.")),
                            Not(HasSubstr("Dumped by")), Not(HasSubstr("OWNER TO"))));
    const process_outcome second = daemon->ctl({"db", "dump"});
    EXPECT_EQ(second.output, (directory() / "schema.sql").string() + " is up to date\n");
    EXPECT_EQ(daemon->ctl({"db", "dump", "-o", "-"}).output, text);

    // What it says can be loaded, and then says the same.
    cluster.create_database("copy");
    const process_outcome loaded =
        run({(postgres_bindir() / "psql").string(), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f",
             (directory() / "schema.sql").string(), cluster.url("copy")});
    ASSERT_EQ(loaded.exit_status, 0) << loaded.output;
    cluster.sql("copy", "CREATE SCHEMA headspace");
    const daemon_options other{.config = "[database]\nurl = \"" + cluster.url("copy") + "\"\n",
                               .folder = home.path() / "other"};
    std::filesystem::create_directories(home.path() / "other");
    daemon_process copy(other);
    ASSERT_TRUE(copy.wait_connected());
    const std::string again = copy.ctl({"db", "dump", "-o", "-"}).output;
    const auto revisions = text.find("-- Applied revisions");
    ASSERT_NE(revisions, std::string::npos);
    EXPECT_EQ(again.substr(0, again.find("-- Applied revisions")), text.substr(0, revisions));
}

TEST_F(daemon_dump, leaves_the_passwords_of_user_mappings_out) {
    const auto daemon = start();
    value("CREATE EXTENSION postgres_fdw");
    value("CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'db')");
    value("CREATE USER MAPPING FOR postgres SERVER s OPTIONS (user 'bob', password 'c4nary''Z9x')");
    const process_outcome shown = daemon->ctl({"db", "dump", "-o", "-"});
    EXPECT_EQ(shown.exit_status, 0) << shown.output;
    EXPECT_THAT(shown.output,
                AllOf(HasSubstr("password '***'"), HasSubstr("'bob'"), Not(HasSubstr("c4nary"))));
}

TEST_F(daemon_dump, hands_the_password_over_in_a_private_file_that_is_gone_afterwards) {
    make_directory();
    temp_cluster guarded({.auth = "scram-sha-256", .tcp = true});
    guarded.create_role("app", std::string(canary), "LOGIN SUPERUSER");
    const std::filesystem::path seen = home.path() / "seen";
    std::filesystem::create_directories(seen);
    std::filesystem::permissions(seen, std::filesystem::perms(0777));
    const auto bin =
        fake_pg_dump("case \"$1\" in -V|--help) ;; *) echo \"$@\" > " +
                     (seen / "arguments").string() + "; env > " + (seen / "environment").string() +
                     "; stat -c %a \"$PGPASSFILE\" > " + (seen / "mode").string() +
                     ";; esac\nexec " + (postgres_bindir() / "pg_dump").string() + " \"$@\"\n");
    daemon_process daemon({.config = "[database]\nurl = \"" + guarded.tcp_url("postgres", "app") +
                                     "\"\n" + "[migrations]\ndirectory = \"" +
                                     directory().string() + "\"\n" + with_bindir(bin),
                           .environment = {{"DATABASE_PASSWORD", std::string(canary)}}});
    ASSERT_TRUE(daemon.wait_connected());
    const process_outcome done = daemon.ctl({"db", "dump", "-o", "-"});
    ASSERT_EQ(done.exit_status, 0) << done.output;
    EXPECT_THAT(done.output, StartsWith("-- Written by `headspacectl db dump`"));
    EXPECT_EQ(read_file(seen / "mode"), "600\n");
    EXPECT_THAT(read_file(seen / "arguments"),
                AllOf(HasSubstr("--no-password"), Not(HasSubstr(std::string(canary)))));
    const std::string environment = read_file(seen / "environment");
    EXPECT_THAT(environment,
                AllOf(Not(HasSubstr(std::string(canary))), Not(HasSubstr("DATABASE_PASSWORD"))));
    const auto at = environment.find("PGPASSFILE=");
    ASSERT_NE(at, std::string::npos);
    const std::string file = environment.substr(at + 11, environment.find('\n', at) - at - 11);
    EXPECT_FALSE(std::filesystem::exists(file)) << file;
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(file).parent_path()));
}

TEST_F(daemon_dump, refuses_a_pg_dump_that_is_older_than_the_server_and_names_both) {
    make_directory();
    const auto bin = fake_pg_dump("echo 'pg_dump (PostgreSQL) 12.9'\n");
    daemon_process daemon({.config = config() + with_bindir(bin), .folder = home.path()});
    ASSERT_TRUE(daemon.wait_connected());
    const process_outcome refused = daemon.ctl({"db", "dump", "-o", "-"});
    EXPECT_EQ(refused.exit_status, 3) << refused.output;
    EXPECT_THAT(refused.output,
                AllOf(HasSubstr("pg_dump (PostgreSQL) 12.9"),
                      HasSubstr("the server (" + std::to_string(postgres_major()))));
    std::filesystem::remove(bin / "pg_dump");
    const process_outcome none = daemon.ctl({"db", "dump"});
    EXPECT_EQ(none.exit_status, 3) << none.output;
    EXPECT_THAT(none.output, HasSubstr("there is no pg_dump"));
    EXPECT_FALSE(std::filesystem::exists(directory() / "schema.sql"));
}

TEST_F(daemon_dump, says_what_pg_dump_said_when_it_fails_and_writes_nothing) {
    make_directory();
    const auto bin =
        fake_pg_dump("case \"$1\" in -V) echo 'pg_dump (PostgreSQL) 99.1';; --help) ;; *) echo "
                     "'pg_dump: error: permission denied for table t' >&2; exit 1;; esac\n");
    daemon_process daemon({.config = config() + with_bindir(bin), .folder = home.path()});
    ASSERT_TRUE(daemon.wait_connected());
    const process_outcome failed = daemon.ctl({"db", "dump"});
    EXPECT_EQ(failed.exit_status, 5) << failed.output;
    EXPECT_THAT(failed.output, HasSubstr("pg_dump: permission denied for table t"));
    EXPECT_FALSE(std::filesystem::exists(directory() / "schema.sql"));
}
