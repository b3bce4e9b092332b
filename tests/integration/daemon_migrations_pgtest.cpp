// The verbs of `headspacectl db` against a running headspaced: what they print, which exit code
// they end with, and what bad files, a standby or a missing database make of them.
#include "integration/daemon_migrating.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

namespace {

class daemon_migrations : public daemon_migrating {
protected:
    /// `db upgrade` with these files ends so, and leaves no trace in the database.
    void expect_upgrade_refused(int exit_status, const std::vector<std::string>& said) {
        const auto daemon = start();
        const process_outcome upgrade = daemon->ctl({"db", "upgrade"});
        EXPECT_EQ(upgrade.exit_status, exit_status) << upgrade.output;
        for (const std::string& part : said)
            EXPECT_THAT(upgrade.output, HasSubstr(part));
        EXPECT_EQ(tables(), "");
        EXPECT_EQ(ledger(), "");
        EXPECT_EQ(daemon->get("/livez").status, 200);
        EXPECT_EQ(daemon->health().at("status").as_string(), "healthy");
    }
};

} // namespace

TEST_F(daemon_migrations, the_verbs_print_what_alembic_prints) {
    three();
    const auto daemon = start();
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "");

    const process_outcome two = daemon->ctl({"db", "upgrade", "+2"});
    EXPECT_EQ(two.exit_status, 0);
    EXPECT_THAT(two.output, HasSubstr("Running upgrade  -> 1, revision 1\n"
                                      "Running upgrade 1 -> 2, revision 2\n"));
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "2\n");
    EXPECT_EQ(tables(), "a b");

    const process_outcome rest = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(rest.exit_status, 0);
    EXPECT_THAT(rest.output, HasSubstr("Running upgrade 2 -> 3, revision 3\n"));
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "3 (head)\n");
    EXPECT_EQ(daemon->ctl({"db", "history"}).output, "2 -> 3 (head), revision 3\n"
                                                     "1 -> 2, revision 2\n"
                                                     "<base> -> 1, revision 1\n");
    EXPECT_THAT(daemon->ctl({"db", "history", "-i"}).output,
                StartsWith("2 -> 3 (head) (current), revision 3\n"));
    EXPECT_EQ(daemon->ctl({"db", "heads"}).output, "3 (head)\n");
    EXPECT_THAT(daemon->ctl({"db", "show", "2"}).output,
                AllOf(StartsWith("Rev: 2\nParent: 1\nPath: "), HasSubstr("revision 2")));

    const process_outcome again = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(again.exit_status, 0) << again.output;
    EXPECT_THAT(again.output, Not(HasSubstr("Running")));

    const process_outcome back = daemon->ctl({"db", "downgrade"});
    EXPECT_EQ(back.exit_status, 0);
    EXPECT_THAT(back.output, HasSubstr("Running downgrade 3 -> 2, revision 3\n"));
    EXPECT_EQ(tables(), "a b");
    const process_outcome base = daemon->ctl({"db", "downgrade", "base"});
    EXPECT_EQ(base.exit_status, 0);
    EXPECT_THAT(base.output, HasSubstr("Running downgrade 2 -> 1, revision 2\n"
                                       "Running downgrade 1 -> , revision 1\n"));
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(ledger(), "");
}

TEST_F(daemon_migrations, stamp_records_without_running) {
    three();
    const auto daemon = start();
    const process_outcome stamp = daemon->ctl({"db", "stamp", "2"});
    EXPECT_EQ(stamp.exit_status, 0) << stamp.output;
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "2\n");
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(ledger(), "1:stamped 2:stamped");
    EXPECT_EQ(daemon->ctl({"db", "stamp", "base"}).exit_status, 0);
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "");
}

TEST_F(daemon_migrations, status_says_what_is_applied_and_what_is_pending) {
    three();
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade", "2"}).exit_status, 0);
    const process_outcome pending = daemon->ctl({"db", "status"});
    EXPECT_EQ(pending.exit_status, 0) << "pending is no failure";
    EXPECT_THAT(pending.output, AllOf(HasSubstr("pending"), HasSubstr(directory().string()),
                                      HasSubstr("3, revision 3"), HasSubstr("2, revision 2")));
    EXPECT_TRUE(comes_to_be(*daemon, "pending")) << state_of(*daemon);
    EXPECT_EQ(daemon->health().at("status").as_string(), "healthy");
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_THAT(daemon->ctl({"db", "status"}).output, HasSubstr("current"));
    EXPECT_TRUE(comes_to_be(*daemon, "current")) << state_of(*daemon);
}

TEST_F(daemon_migrations, the_migrations_of_this_repository_go_up_down_and_up) {
    std::filesystem::create_symlink(std::filesystem::path(HEADSPACE_SOURCE_DIR) / "migrations",
                                    directory());
    const auto daemon = start();
    const process_outcome up = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(up.exit_status, 0) << up.output;
    EXPECT_EQ(up.output, "Running upgrade  -> 20261121100000, First tables: users, workshop "
                         "sessions, upstream sources, schedules, job executions\n");
    EXPECT_EQ(tables(), "job_executions schedules upstream_sources users workshop_sessions");
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "20261121100000 (head)\n");
    EXPECT_EQ(daemon->ctl({"wait", "--for", "migrated"}).exit_status, 0);
    EXPECT_EQ(daemon->ctl({"db", "downgrade"}).exit_status, 0);
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
}

TEST_F(daemon_migrations, a_target_that_is_not_there_or_not_one_is_wrong_usage) {
    revision("10", "SELECT 1;");
    revision("11", "SELECT 1;");
    const auto daemon = start();
    const process_outcome unknown = daemon->ctl({"db", "upgrade", "99"});
    EXPECT_EQ(unknown.exit_status, 2) << unknown.output;
    EXPECT_THAT(unknown.output, HasSubstr("99"));
    const process_outcome ambiguous = daemon->ctl({"db", "upgrade", "1"});
    EXPECT_EQ(ambiguous.exit_status, 2) << ambiguous.output;
    EXPECT_EQ(daemon->ctl({"db", "upgrade", "--nonsense"}).exit_status, 2);
    EXPECT_EQ(ledger(), "");
}

TEST_F(daemon_migrations, failing_sql_is_5_with_file_line_and_sqlstate) {
    revision("1", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\n"
                  "INSERT INTO\n  nowhere VALUES (1);");
    expect_upgrade_refused(5, {"versions/1_r.sql:6: ", "relation \"nowhere\" does not exist",
                               "statement 3 of 3", "42P01", "nothing of this migration was kept"});
}

TEST_F(daemon_migrations, an_empty_file_is_3) {
    write("1_r.sql", "\n\n");
    expect_upgrade_refused(3, {"versions/1_r.sql:1: ", "the file is empty"});
}

TEST_F(daemon_migrations, a_file_that_is_not_utf8_is_3) {
    write("1_r.sql", "-- r\n-- migrate:up\nSELECT 'caf\xe9';\n");
    expect_upgrade_refused(3, {"versions/1_r.sql:3: ", "UTF-8"});
}

TEST_F(daemon_migrations, a_psql_meta_command_is_3) {
    revision("1", "CREATE TABLE a (id int);\n\\d a");
    expect_upgrade_refused(3, {"versions/1_r.sql:4: ", "\\d"});
}

TEST_F(daemon_migrations, a_statement_that_needs_no_transaction_in_one_is_3) {
    revision("1", "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY a_id ON a (id);");
    expect_upgrade_refused(3, {"versions/1_r.sql:4: ", "transaction:false"});
}

TEST_F(daemon_migrations, a_commit_in_a_file_is_3) {
    revision("1", "CREATE TABLE a (id int);\nCOMMIT;");
    expect_upgrade_refused(3, {"versions/1_r.sql:4: ", "COMMIT may not stand in a migration"});
}

TEST_F(daemon_migrations, two_files_with_one_revision_are_3_and_both_named) {
    write("1_one.sql", "-- one\n-- migrate:up\nSELECT 1;\n");
    write("1_two.sql", "-- two\n-- migrate:up\nSELECT 2;\n");
    expect_upgrade_refused(3, {"1_one.sql", "1_two.sql"});
}

TEST_F(daemon_migrations, no_migrations_directory_is_3_and_names_the_way_out) {
    expect_upgrade_refused(3, {directory().string(), "headspacectl db init"});
}

TEST_F(daemon_migrations, several_heads_are_3_in_alembics_words) {
    write("1_a.sql", "-- a\n-- headspace:parent base\n-- migrate:up\nSELECT 1;\n");
    write("2_b.sql", "-- b\n-- headspace:parent 1\n-- migrate:up\nSELECT 1;\n");
    write("3_c.sql", "-- c\n-- headspace:parent 1\n-- migrate:up\nSELECT 1;\n");
    expect_upgrade_refused(3, {"Multiple head revisions are present"});
}

TEST_F(daemon_migrations, a_downgrade_without_a_down_is_3_and_changes_nothing) {
    revision("1", "CREATE TABLE a (id int);");
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    const process_outcome down = daemon->ctl({"db", "downgrade"});
    EXPECT_EQ(down.exit_status, 3) << down.output;
    EXPECT_THAT(down.output, AllOf(HasSubstr("versions/1_r.sql"), HasSubstr("migrate:down")));
    EXPECT_EQ(tables(), "a");
    EXPECT_EQ(ledger(), "1:applied");
}

TEST_F(daemon_migrations, an_edited_file_is_3) {
    three();
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    revision("2", "CREATE TABLE b (id bigint);", "DROP TABLE b;");
    const process_outcome edited = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(edited.exit_status, 3) << edited.output;
    EXPECT_THAT(edited.output, AllOf(HasSubstr("versions/2_r.sql"), HasSubstr("edited")));
}

TEST_F(daemon_migrations, the_directory_of_somebody_else_is_wrong_usage) {
    three();
    const temp_directory other;
    std::filesystem::create_directories(other.path() / "versions");
    const auto daemon = start();
    const process_outcome upgrade = daemon->ctl({"db", "-d", other.path().string(), "upgrade"});
    EXPECT_EQ(upgrade.exit_status, 2) << upgrade.output;
    EXPECT_THAT(upgrade.output, HasSubstr(directory().string()));
    EXPECT_EQ(daemon->ctl({"db", "-d", directory().string(), "upgrade"}).exit_status, 0);
}

TEST_F(daemon_migrations, a_role_that_may_not_keep_the_ledger_gets_the_grant) {
    three();
    cluster.create_role("app");
    daemon_process daemon({.config = "[database]\nurl = \"" + cluster.url("postgres", "app") +
                                     "\"\n[migrations]\ndirectory = \"" + directory().string() +
                                     "\"\n"});
    ASSERT_TRUE(daemon.wait_connected());
    const process_outcome upgrade = daemon.ctl({"db", "upgrade"});
    EXPECT_EQ(upgrade.exit_status, 3) << upgrade.output;
    EXPECT_THAT(upgrade.output, HasSubstr("GRANT CREATE ON DATABASE"));
}

TEST_F(daemon_migrations, a_standby_is_3_and_no_lock_is_taken) {
    three();
    const auto standby = cluster.make_standby();
    daemon_process daemon({.config = "[database]\nurl = \"" + standby->url() +
                                     "\"\n[migrations]\ndirectory = \"" + directory().string() +
                                     "\"\n"});
    ASSERT_TRUE(daemon.wait_connected());
    const process_outcome upgrade = daemon.ctl({"db", "upgrade"});
    EXPECT_EQ(upgrade.exit_status, 3) << upgrade.output;
    EXPECT_THAT(upgrade.output, HasSubstr("standby"));
    EXPECT_EQ(daemon.get("/livez").status, 200);
}

TEST_F(daemon_migrations, only_standbys_for_a_read_write_pool_are_3_too) {
    three();
    const auto standby = cluster.make_standby();
    daemon_process daemon({.config = "[database]\nurl = \"" + standby->url() +
                                     "\"\ntarget_session_attrs = \"read-write\"\n[migrations]\n"
                                     "directory = \"" +
                                     directory().string() + "\"\n"});
    ASSERT_TRUE(daemon.wait_ready());
    EXPECT_EQ(daemon.health().at("database").as_string(), "disconnected");
    const process_outcome upgrade = daemon.ctl({"db", "upgrade"});
    EXPECT_EQ(upgrade.exit_status, 3) << upgrade.output;
}

TEST_F(daemon_migrations, without_the_database_it_is_6_and_without_the_daemon_7) {
    three();
    const auto daemon = start();
    cluster.stop();
    for (const char* verb : {"upgrade", "downgrade", "stamp", "current"}) {
        const process_outcome gone = daemon->ctl({"db", verb});
        EXPECT_EQ(gone.exit_status, 6) << verb << ": " << gone.output;
    }
    EXPECT_EQ(daemon->ctl({"db", "heads"}).exit_status, 0) << "files need no database";
    daemon->signal(SIGTERM);
    ASSERT_EQ(daemon->wait_exit(), 0);
    for (const char* verb : {"upgrade", "downgrade", "stamp", "current", "status"}) {
        const process_outcome gone = daemon->ctl({"db", verb});
        EXPECT_EQ(gone.exit_status, 7) << verb << ": " << gone.output;
        EXPECT_THAT(gone.output, HasSubstr(daemon->socket().string()));
    }
}

TEST_F(daemon_migrations, only_operators_may_change_things) {
    three();
    daemon_process daemon({.config = config(),
                           .admin_lines = "mode = \"0666\"\noperators = [\"root\"]",
                           .folder = home.path()});
    ASSERT_TRUE(daemon.wait_connected());
    if (::geteuid() != 0) {
        // Nobody else to be: the daemon's own user counts as an operator without being named.
        EXPECT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 0);
        return;
    }
    // Where they may go: their own copy of the program, and the folder of the socket.
    std::filesystem::copy_file(program("headspacectl"), home.path() / "headspacectl");
    ::chmod((home.path() / "headspacectl").c_str(), 0755);
    ::chmod(home.path().c_str(), 0755);
    const auto as_nobody = [&](std::vector<std::string> arguments) {
        std::vector<std::string> argv{(home.path() / "headspacectl").string(), "--socket",
                                      daemon.socket().string()};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        return run(argv, {.user = "nobody", .directory = home.path(), .without = {"HEADSPACE_*"}});
    };
    for (const std::vector<std::string>& changing : {std::vector<std::string>{"db", "upgrade"},
                                                     {"db", "downgrade"},
                                                     {"db", "stamp"},
                                                     {"pool", "recycle"},
                                                     {"reload"}}) {
        const process_outcome refused = as_nobody(changing);
        EXPECT_EQ(refused.exit_status, 3) << changing.back() << ": " << refused.output;
        EXPECT_THAT(refused.output, HasSubstr("operator")) << changing.back();
    }
    EXPECT_EQ(ledger(), "");
    EXPECT_EQ(as_nobody({"db", "current"}).exit_status, 0) << "reading is free";
    EXPECT_EQ(as_nobody({"health"}).exit_status, 0);
    EXPECT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_THAT(daemon.log(), HasSubstr("uid 65534"));
}
