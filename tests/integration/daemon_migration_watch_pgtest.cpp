// How a migration that runs is seen, followed, cancelled, planned beforehand, and done by hand.
#include "integration/daemon_migrating.hpp"

#include <csignal>
#include <set>
#include <sys/wait.h>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

namespace {

class daemon_migration_watch : public daemon_migrating {
protected:
    static std::string check(daemon_process& daemon, const char* name) {
        const boost::json::value health = daemon.health();
        const auto* found = health.at("checks").as_object().if_contains(name);
        return found ? std::string(found->as_string()) : "";
    }
    [[nodiscard]] std::filesystem::path ctl_file(const std::string& name) const {
        return home.path() / (name + ".log");
    }
    pid_t ctl_in_background(daemon_process& daemon, const std::string& name,
                            const std::vector<std::string>& arguments) const {
        process_options options;
        options.output = ctl_file(name);
        std::vector<std::string> argv{program("headspacectl").string(), "--socket",
                                      daemon.socket().string()};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        return spawn(argv, options);
    }
    /// As a shell sees it: 128 + signal for a child that was killed.
    static int exit_of(pid_t child) {
        const auto status = wait_for(child, 60s);
        if (!status)
            return -1;
        return WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
    }
    /// psql runs a script as a DBA would.
    process_outcome psql(const std::string& script) const {
        write_file(home.path() / "script.sql", script);
        process_options options;
        options.directory = "/";
        return run({(postgres_bindir() / "psql").string(), "-X", "-q", "-f",
                    (home.path() / "script.sql").string(), cluster.url()},
                   options);
    }
    std::set<std::string> pool_backends() const {
        std::set<std::string> pids;
        for (const auto& row : cluster.sql("postgres", "SELECT pid FROM pg_stat_activity WHERE "
                                                       "application_name = 'headspaced'"))
            pids.insert(row.front());
        return pids;
    }
};

} // namespace

TEST_F(daemon_migration_watch, the_blocker_is_named_in_health_status_and_progress) {
    cluster.sql("postgres", "CREATE TABLE a (id int)");
    revision("1", "SELECT 1;");
    revision("2", "ALTER TABLE a ADD x int;", {}, "lock_timeout:300ms");
    const auto daemon = start();
    open_transaction other(cluster, "LOCK TABLE a IN ACCESS SHARE MODE");
    const std::string pid = value("SELECT pid FROM pg_stat_activity WHERE application_name = "
                                  "'other'");
    const pid_t ctl = ctl_in_background(*daemon, "upgrade", {"--json", "db", "upgrade"});
    ASSERT_TRUE(eventually([&] { return check(*daemon, "blocked_by") != ""; }, 20s))
        << daemon->log();
    EXPECT_THAT(check(*daemon, "blocked_by"),
                AllOf(StartsWith("pid " + pid + " (other, since 20"), EndsWith(" UTC, SET)")));
    EXPECT_EQ(check(*daemon, "progress"), "2/2");
    EXPECT_TRUE(eventually([&] {
        return daemon->status_line().find("migrating 2/2, waiting for pid " + pid) !=
               std::string::npos;
    })) << daemon->status_line();
    const process_outcome second = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(second.exit_status, 4);
    other.end();
    EXPECT_EQ(exit_of(ctl), 0) << read_file(ctl_file("upgrade"));
    EXPECT_THAT(read_file(ctl_file("upgrade")),
                AllOf(HasSubstr(R"("event":"waiting_for_lock")"), HasSubstr(R"("pid":)" + pid),
                      HasSubstr(R"("application_name":"other")"),
                      HasSubstr(R"("user":"postgres")")));
    EXPECT_EQ(ledger(), "1:applied 2:applied");
    EXPECT_EQ(state_of(*daemon), "current") << "known at once, not after a look at the ledger";
}

TEST_F(daemon_migration_watch, an_index_build_says_how_far_it_is) {
    cluster.sql("postgres",
                "CREATE TABLE a (id int, filler text); INSERT INTO a SELECT i, repeat('x', 700) "
                "FROM generate_series(1, 400) i; CREATE FUNCTION slow(i int) RETURNS int IMMUTABLE "
                "LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN i; END $$");
    revision("1", "CREATE INDEX i ON a (slow(id));");
    const auto daemon = start();
    const pid_t ctl = ctl_in_background(*daemon, "upgrade", {"--json", "db", "upgrade"});
    EXPECT_TRUE(
        eventually([&] { return check(*daemon, "progress").find("1/1, index build ") == 0; }, 20s))
        << check(*daemon, "progress");
    EXPECT_THAT(check(*daemon, "progress"), MatchesRegex("1/1, index build [0-9]+ %"));
    EXPECT_EQ(exit_of(ctl), 0);
    EXPECT_THAT(read_file(ctl_file("upgrade")),
                AllOf(HasSubstr(R"("event":"progress")"), HasSubstr(R"("doing":"index build")"),
                      HasSubstr(R"("phase":"building index)"), HasSubstr(R"("percent":)"),
                      HasSubstr(R"("elapsed_ms":)")));
}

TEST_F(daemon_migration_watch, ctrl_c_says_how_to_follow_and_to_cancel_and_both_work) {
    revision("1", "CREATE TABLE a (id int);");
    revision("2", "CREATE TABLE b (id int);\nSELECT pg_sleep(60);");
    const auto daemon = start();
    const pid_t first = ctl_in_background(*daemon, "upgrade", {"db", "upgrade"});
    ASSERT_TRUE(comes_to_run("SELECT pg_sleep%"));
    ::kill(first, SIGINT);
    EXPECT_EQ(exit_of(first), 128 + SIGINT);
    EXPECT_THAT(read_file(ctl_file("upgrade")), AllOf(HasSubstr("headspacectl db status --follow"),
                                                      HasSubstr("headspacectl db cancel")));
    EXPECT_EQ(running("SELECT pg_sleep%").size(), 1U) << "it goes on";

    const pid_t follower = ctl_in_background(*daemon, "follow", {"db", "status", "--follow"});
    ASSERT_TRUE(eventually([&] {
        return read_file(ctl_file("follow")).find("Running upgrade 1 -> 2") != std::string::npos;
    })) << read_file(ctl_file("follow"));
    const process_outcome cancel = daemon->ctl({"db", "cancel"});
    EXPECT_EQ(cancel.exit_status, 0) << cancel.output;
    EXPECT_THAT(cancel.output, StartsWith("Cancelled the upgrade"));
    EXPECT_EQ(exit_of(follower), 1) << "a cancelled operation is no success";
    EXPECT_EQ(ledger(), "1:applied");
    EXPECT_EQ(tables(), "a");
    EXPECT_TRUE(running("SELECT pg_sleep%").empty());
    EXPECT_TRUE(eventually([&] { return no_lock_is_held(); }));

    const process_outcome again = daemon->ctl({"db", "cancel"});
    EXPECT_EQ(again.exit_status, 1) << again.output;
    EXPECT_THAT(again.output, HasSubstr("no operation is running"));
    const process_outcome nothing = daemon->ctl({"db", "status", "--follow"});
    EXPECT_EQ(nothing.exit_status, 0);
    EXPECT_THAT(nothing.output, HasSubstr("pending"));
}

TEST_F(daemon_migration_watch, a_dry_run_prints_locks_and_warnings_and_changes_nothing) {
    revision("1", "CREATE TABLE a (id int);\nALTER TABLE old ALTER id TYPE bigint;");
    revision("2", "CREATE INDEX CONCURRENTLY i ON old (id);", {}, "transaction:false");
    const auto daemon = start();
    const process_outcome plan = daemon->ctl({"db", "upgrade", "--dry-run"});
    EXPECT_EQ(plan.exit_status, 0) << plan.output;
    EXPECT_THAT(plan.output,
                AllOf(HasSubstr("Would run upgrade  -> 1, revision 1\n"
                                "  line 3: CREATE TABLE a (id int)\n"
                                "    lock: none on a table that others use\n"
                                "  line 4: ALTER TABLE old ALTER id TYPE bigint\n"
                                "    lock: ACCESS EXCLUSIVE\n    warning: rewrites"),
                      HasSubstr("Would run upgrade 1 -> 2, revision 2 (transaction:false: each "
                                "statement by itself)\n"),
                      HasSubstr("    lock: SHARE UPDATE EXCLUSIVE\n"), Not(HasSubstr("Running"))));
    EXPECT_EQ(ledger(), "");
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(value("SELECT to_regnamespace('headspace') IS NULL"), "t");
    EXPECT_EQ(daemon->ctl({"db", "upgrade", "--dry-run", "--sql"}).exit_status, 2);
}

TEST_F(daemon_migration_watch, a_refused_upgrade_is_one_complaint_whatever_its_dry_run_warned_of) {
    revision("1", "-- DESTRUCTIVE: on purpose\nDROP TABLE old;");
    const auto daemon = start();
    const process_outcome refused = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(refused.exit_status, 3) << refused.output;
    EXPECT_THAT(daemon->complaints(),
                testing::ElementsAre(HasSubstr("upgrade failed: versions/1_")));
}

TEST_F(daemon_migration_watch, psql_does_by_hand_what_the_daemon_would_have_done) {
    cluster.sql("postgres", "CREATE ROLE owner; GRANT ALL ON SCHEMA public TO owner; CREATE SCHEMA "
                            "hidden");
    revision(
        "1",
        "-- with a; in the comment\nCREATE TABLE a (id int, t text DEFAULT E'it''s \\\\ \"x\"');"
        "\nSET search_path = hidden;\nSET ROLE owner;",
        "DROP TABLE a;");
    revision("2",
             "CREATE TABLE b (id int);\nSET ROLE owner;\nCREATE TABLE public.c (id int);\n"
             "RESET ROLE;\nCREATE INDEX CONCURRENTLY a_id ON a (id);",
             "DROP TABLE c;\nDROP TABLE b;\nDROP INDEX CONCURRENTLY a_id;", "transaction:false");
    revision("3", "BEGIN;\nCREATE TABLE d (id int);\nCOMMIT;", "DROP TABLE d;");
    const auto daemon = start();
    const process_outcome two = daemon->ctl({"db", "upgrade", "--sql", "2"});
    ASSERT_EQ(two.exit_status, 0) << two.output;
    process_outcome ran = psql(two.output);
    EXPECT_EQ(ran.exit_status, 0) << ran.output;
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "2\n");
    EXPECT_EQ(tables(), "a b c");
    EXPECT_EQ(value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass"), "t");
    EXPECT_EQ(value("SELECT stmt_done || '/' || stmt_total || ' ' || applied_by FROM "
                    "headspace.migrations WHERE revision = '2'"),
              "5/5 psql");
    EXPECT_TRUE(no_lock_is_held());
    ran = psql(two.output);
    EXPECT_EQ(ran.exit_status, 3) << "psql's own code for a script that failed";
    EXPECT_THAT(ran.output, HasSubstr("revision 1 is applied already"));

    // The default range begins where the ledger is.
    const process_outcome rest = daemon->ctl({"db", "upgrade", "--sql"});
    EXPECT_THAT(rest.output, AllOf(HasSubstr("CREATE TABLE d"), Not(HasSubstr("CREATE TABLE a"))));
    ran = psql(rest.output);
    EXPECT_EQ(ran.exit_status, 0) << ran.output;
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "3 (head)\n");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).output, "Nothing to do.\n") << "the daemon agrees";
    EXPECT_EQ(daemon->ctl({"db", "upgrade", "--sql"}).output, "-- upgrade head: nothing to do\n");

    const process_outcome back = daemon->ctl({"db", "downgrade", "--sql", "3:1"});
    ran = psql(back.output);
    EXPECT_EQ(ran.exit_status, 0) << ran.output;
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "1\n");
    EXPECT_EQ(tables(), "a");
    EXPECT_EQ(daemon->ctl({"db", "downgrade"}).exit_status, 0) << "a row of psql's is one of ours";
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(tables(), "a b c d");
}

TEST_F(daemon_migration_watch, the_script_does_not_put_tables_beside_the_ledger) {
    revision("1", "CREATE TABLE a (id int);", "DROP TABLE a;");
    revision("2", "CREATE TABLE b (id int);", "DROP TABLE b;", "transaction:false");
    cluster.create_role("headspace"); // its "$user" is the ledger's schema
    cluster.create_database("own", "headspace");
    const auto daemon = start();
    const process_outcome script = daemon->ctl({"db", "upgrade", "--sql", "base:head"});
    write_file(home.path() / "script.sql", script.output);
    const process_outcome ran =
        run({(postgres_bindir() / "psql").string(), "-X", "-f",
             (home.path() / "script.sql").string(), cluster.url("own", "headspace")});
    EXPECT_EQ(ran.exit_status, 0) << ran.output;
    EXPECT_EQ(cluster.value("own", "SELECT string_agg(relnamespace::regnamespace || '.' || "
                                   "relname, ' ' ORDER BY relname) FROM pg_class WHERE relname IN "
                                   "('a', 'b')"),
              "public.a public.b");
}

TEST_F(daemon_migration_watch, the_script_of_a_range_needs_no_daemon_and_stops_at_an_error) {
    revision("1", "CREATE TABLE a (id int);");
    revision("2", "CREATE TABLE b (id int);\nSELECT 1/0;");
    process_options options;
    const auto offline = [&](const std::string& range) {
        return run({program("headspacectl").string(), "--socket", "/nonexistent/admin.sock", "db",
                    "-d", directory().string(), "upgrade", "--sql", range});
    };
    const process_outcome all = offline(":");
    ASSERT_EQ(all.exit_status, 0) << all.output;
    EXPECT_EQ(all.output, offline("base:head").output.replace(3, 17, "upgrade :"));
    const process_outcome ran = psql(all.output);
    EXPECT_EQ(ran.exit_status, 3);
    EXPECT_THAT(ran.output, HasSubstr("division by zero"));
    EXPECT_EQ(ledger(), "1:applied") << "never half-recorded";
    EXPECT_EQ(tables(), "a");
    EXPECT_EQ(offline("7:head").exit_status, 2);
    const process_outcome early = psql(offline("2:head").output + "\nSELECT 1;");
    EXPECT_EQ(early.exit_status, 0) << early.output;
    EXPECT_EQ(offline("head").exit_status, 7) << "what is applied only the daemon knows";
}

TEST_F(daemon_migration_watch, the_pool_lends_no_connection_from_before_a_migration) {
    revision("1", "CREATE TABLE a (id int);", "DROP TABLE a;");
    const auto daemon = start();
    ASSERT_EQ(daemon->get("/health/db").status, 200);
    const std::set<std::string> before = pool_backends();
    ASSERT_FALSE(before.empty());
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    ASSERT_EQ(daemon->get("/health/db").status, 200);
    EXPECT_TRUE(eventually([&] {
        for (const std::string& pid : pool_backends())
            if (before.contains(pid))
                return false;
        return true;
    }));
    for (const std::string& line : daemon->complaints())
        EXPECT_THAT(line, HasSubstr("headspace.sum")) << "no outage";
}

TEST_F(daemon_migration_watch, stamp_base_names_what_it_forgets) {
    three();
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    const process_outcome stamp = daemon->ctl({"db", "stamp", "base"});
    EXPECT_EQ(stamp.exit_status, 0);
    EXPECT_EQ(stamp.output, "No longer recorded as applied: 3, 2, 1\n");
    EXPECT_EQ(daemon->ctl({"db", "stamp", "base"}).output, "Nothing to do.\n");
}

TEST_F(daemon_migration_watch, with_nothing_pending_a_reconnect_is_no_migration) {
    three();
    const auto daemon = start_ordered();
    ASSERT_TRUE(daemon->wait_ready(40s)) << daemon->log();
    EXPECT_EQ(state_of(*daemon), "current");
    const std::size_t notified = daemon->notifications().size();
    cluster.stop(stop_mode::fast);
    ASSERT_TRUE(eventually([&] {
        return daemon->health().at("database").as_string() == "disconnected";
    })) << daemon->log();
    cluster.start();
    ASSERT_TRUE(eventually([&] { return daemon->log_lines_with("recovered") > 0; }))
        << daemon->log();
    ASSERT_TRUE(comes_to_be(*daemon, "current"));
    const auto& all = daemon->notifications();
    for (std::size_t i = notified; i < all.size(); ++i)
        EXPECT_THAT(all[i], Not(HasSubstr("migrating")));
}
