// headspaced is killed, stopped, cancelled or asked twice in the middle of a migration: ledger and
// schema agree, nothing runs twice, the next upgrade finishes.
#include "integration/daemon_migrating.hpp"

#include <csignal>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

class daemon_migration_kill : public daemon_migrating {
protected:
    static constexpr const char* sleeping = "SELECT pg_sleep%";
    static constexpr const char* building = "/* headspace %CREATE INDEX CONCURRENTLY%";

    /// Starts `db upgrade` and does not wait for it.
    pid_t upgrade_in_background(daemon_process& daemon) const {
        return spawn({program("headspacectl").string(), "--socket", daemon.socket().string(), "db",
                      "upgrade"},
                     {.output = home.path() / "ctl.log",
                      .directory = home.path(),
                      .without = {"HEADSPACE_*"}});
    }
    [[nodiscard]] std::string ctl_log() const { return read_file(home.path() / "ctl.log"); }
    /// kill -9, and the exit status of the headspacectl that was following.
    static void kill_daemon(daemon_process& daemon) {
        daemon.signal(SIGKILL);
        ASSERT_EQ(daemon.wait_exit(), 128 + SIGKILL);
    }
    static int exit_of(pid_t ctl) {
        const auto status = wait_for(ctl, 60s);
        if (!status)
            return -1;
        return WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
    }
    static void start_again(daemon_process& daemon) {
        daemon.start();
        ASSERT_TRUE(daemon.wait_connected()) << daemon.log();
    }
    static answer cancel(daemon_process& daemon, const std::string& id) {
        admin::client client({{daemon.socket().string(), false}});
        const auto reply = client.send({"DELETE", "/v1/operations/" + id, {}, 30s});
        if (!reply.has_value())
            throw std::runtime_error(reply.error().text());
        return {reply->status, reply->body};
    }
    static std::string begin_upgrade(daemon_process& daemon) {
        const answer begun = daemon.post("/v1/migrations/upgrade");
        EXPECT_EQ(begun.status, 202) << begun.body;
        return std::string(begun.json().at("id").as_string());
    }
    static std::string state_of_operation(daemon_process& daemon, const std::string& id) {
        return std::string(daemon.get("/v1/operations/" + id).json().at("state").as_string());
    }
    /// A file whose third statement can only run bare, and waits for `SELECT`s on the table a.
    void concurrent_file() const {
        revision("1", "CREATE TABLE a (id int);\nCREATE TABLE runs (n int);");
        revision("2",
                 "INSERT INTO runs VALUES (1);\nINSERT INTO runs VALUES (2);\n"
                 "CREATE INDEX CONCURRENTLY a_id ON a (id);\nINSERT INTO runs VALUES (4);",
                 "DROP TABLE runs;", "transaction:false");
    }
    [[nodiscard]] std::string runs() const {
        return cluster.value("postgres",
                             "SELECT coalesce(string_agg(n::text, ' ' ORDER BY n), '') FROM runs");
    }
    [[nodiscard]] std::string valid_indexes() const {
        return cluster.value("postgres", "SELECT coalesce(string_agg(indexrelid::regclass || ':' "
                                         "|| indisvalid, ' '), '') FROM pg_index WHERE indrelid = "
                                         "'a'::regclass");
    }
};

} // namespace

TEST_F(daemon_migration_kill, inside_a_transaction_nothing_of_it_remains_and_the_lock_is_free) {
    revision("1", "CREATE TABLE a (id int);");
    revision("2", "CREATE TABLE b (id int);\nSELECT pg_sleep(60);");
    revision("3", "CREATE TABLE c (id int);");
    const auto daemon = start();
    const pid_t ctl = upgrade_in_background(*daemon);
    ASSERT_TRUE(comes_to_run(sleeping));
    kill_daemon(*daemon);
    EXPECT_TRUE(eventually([&] { return no_lock_is_held(); }, 10s)) << "its locks outlived it";
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").empty(); }, 10s));
    EXPECT_EQ(exit_of(ctl), 7) << ctl_log();
    EXPECT_EQ(tables(), "a");
    EXPECT_EQ(ledger(), "1:applied");

    revision("2", "CREATE TABLE b (id int);");
    start_again(*daemon);
    const process_outcome next = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(next.exit_status, 0) << next.output;
    EXPECT_THAT(next.output, Not(HasSubstr("-> 1,")));
    EXPECT_EQ(tables(), "a b c");
    EXPECT_EQ(ledger(), "1:applied 2:applied 3:applied");
}

TEST_F(daemon_migration_kill, inside_a_bare_statement_the_next_upgrade_goes_on_behind_it) {
    concurrent_file();
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade", "1"}).exit_status, 0);
    open_transaction other(cluster, "INSERT INTO a VALUES (1)");
    const pid_t ctl = upgrade_in_background(*daemon);
    ASSERT_TRUE(comes_to_run(building));
    kill_daemon(*daemon);
    EXPECT_TRUE(eventually([&] { return no_lock_is_held(); }, 10s)) << "its locks outlived it";
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").empty(); }, 10s));
    EXPECT_EQ(exit_of(ctl), 7) << ctl_log();
    EXPECT_EQ(ledger(), "1:applied 2:partial");
    EXPECT_EQ(runs(), "1 2");
    EXPECT_THAT(valid_indexes(), testing::AnyOf("", "a_id:false"));
    other.end();

    start_again(*daemon);
    const process_outcome half = daemon->ctl({"db", "status"});
    EXPECT_THAT(half.output, HasSubstr("revision 2 is half applied (2 of 4 statements)"));
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "1\n");
    const process_outcome next = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(next.exit_status, 0) << next.output;
    EXPECT_EQ(ledger(), "1:applied 2:applied");
    EXPECT_EQ(runs(), "1 2 4") << "a statement ran twice or never";
    EXPECT_EQ(valid_indexes(), "a_id:true");
}

TEST_F(daemon_migration_kill, a_bare_statement_that_ended_unseen_is_not_run_again) {
    concurrent_file();
    // As on servers before 14: nobody tells the backend that its client is gone.
    const auto daemon = start("connection_check = \"1h\"");
    ASSERT_EQ(daemon->ctl({"db", "upgrade", "1"}).exit_status, 0);
    open_transaction other(cluster, "INSERT INTO a VALUES (1)");
    const pid_t ctl = upgrade_in_background(*daemon);
    ASSERT_TRUE(comes_to_run(building));
    kill_daemon(*daemon);
    EXPECT_EQ(exit_of(ctl), 7) << ctl_log();
    other.end();
    ASSERT_TRUE(eventually([&] { return cluster.backends("headspaced").empty(); }));
    ASSERT_EQ(valid_indexes(), "a_id:true") << "the orphan committed";
    const std::string filenode = value("SELECT relfilenode FROM pg_class WHERE relname = 'a_id'");

    start_again(*daemon);
    const process_outcome next = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(next.exit_status, 0) << next.output;
    EXPECT_EQ(ledger(), "1:applied 2:applied");
    EXPECT_EQ(runs(), "1 2 4");
    EXPECT_EQ(value("SELECT relfilenode FROM pg_class WHERE relname = 'a_id'"), filenode);
}

TEST_F(daemon_migration_kill, the_orphaned_backend_is_ended_before_anyone_goes_on) {
    concurrent_file();
    const auto daemon = start("connection_check = \"1h\"");
    ASSERT_EQ(daemon->ctl({"db", "upgrade", "1"}).exit_status, 0);
    open_transaction other(cluster, "INSERT INTO a VALUES (1)");
    const pid_t ctl = upgrade_in_background(*daemon);
    ASSERT_TRUE(comes_to_run(building));
    const pid_t orphan = running(building).front();
    kill_daemon(*daemon);
    EXPECT_EQ(exit_of(ctl), 7) << ctl_log();
    ASSERT_EQ(running(building), std::vector<pid_t>{orphan}) << "nothing has ended it yet";

    start_again(*daemon);
    const pid_t second = upgrade_in_background(*daemon);
    // It first drops what the orphan left, which waits for the transaction like building it.
    std::size_t most = 0;
    ASSERT_TRUE(eventually([&] {
        const auto now = running("%INDEX CONCURRENTLY%");
        most = std::max(most, now.size());
        return now.size() == 1 && now.front() != orphan;
    })) << daemon->log();
    EXPECT_EQ(most, 1U);
    EXPECT_FALSE(is_running(orphan));
    EXPECT_THAT(daemon->log(), HasSubstr("Ending a backend that a killed migration left behind: "
                                         "pid " +
                                         std::to_string(orphan)));
    EXPECT_EQ(wait_for(second, 3s), std::nullopt)
        << "lock_timeout is no limit for it: " << ctl_log();
    other.end();
    EXPECT_EQ(exit_of(second), 0) << ctl_log();
    EXPECT_EQ(ledger(), "1:applied 2:applied");
    EXPECT_EQ(runs(), "1 2 4");
    EXPECT_EQ(valid_indexes(), "a_id:true");
}

TEST_F(daemon_migration_kill, an_orphaned_transaction_is_ended_too) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(60);");
    const auto daemon = start("connection_check = \"1h\"");
    const pid_t ctl = upgrade_in_background(*daemon);
    ASSERT_TRUE(comes_to_run(sleeping));
    const pid_t orphan = running(sleeping).front();
    kill_daemon(*daemon);
    EXPECT_EQ(exit_of(ctl), 7) << ctl_log();
    ASSERT_EQ(running(sleeping).size(), 1U);

    revision("1", "CREATE TABLE a (id int);");
    start_again(*daemon);
    const process_outcome next = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(next.exit_status, 0) << next.output;
    EXPECT_FALSE(is_running(orphan));
    EXPECT_EQ(ledger(), "1:applied");
}

TEST_F(daemon_migration_kill, auto_upgrade_after_a_kill_finishes_what_was_begun) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(3);");
    revision("2", "CREATE TABLE b (id int);");
    const auto daemon = start_ordered();
    ASSERT_TRUE(comes_to_run(sleeping));
    kill_daemon(*daemon);
    daemon->start();
    ASSERT_TRUE(comes_to_be(*daemon, "current")) << daemon->log();
    EXPECT_EQ(daemon->health().at("status").as_string(), "healthy");
    EXPECT_EQ(ledger(), "1:applied 2:applied");
}

TEST_F(daemon_migration_kill, killed_again_and_again_it_ends_with_every_statement_run_once) {
    revision("1", "CREATE TABLE a (id int);\nCREATE TABLE runs (n int);");
    std::string expected;
    for (int n = 2; n <= 9; ++n) {
        const std::string one = std::to_string(n);
        const std::string insert = "INSERT INTO runs VALUES (" + one;
        if (n % 2 == 0)
            revision(one, insert + ");\nSELECT pg_sleep(0.05);");
        else
            revision(one,
                     insert + ");\nCREATE INDEX CONCURRENTLY a_" + one + " ON a (id);\n" + insert +
                         "0);",
                     {}, "transaction:false");
        expected += (n == 2 ? "" : " ") + one + (n % 2 == 0 ? "" : " " + one + "0");
    }
    const auto daemon = start_ordered();
    for (int i = 0; i < 12; ++i) {
        // From before the first connection to somewhere in the middle.
        const auto until = clock::now() + i * 25ms;
        while (clock::now() < until)
            pause_briefly();
        kill_daemon(*daemon);
        daemon->start();
    }
    ASSERT_TRUE(comes_to_be(*daemon, "current", 90s)) << daemon->log();
    EXPECT_EQ(value("SELECT string_agg(n::text, ' ' ORDER BY n::text) FROM runs"), expected);
    EXPECT_EQ(value("SELECT count(*) FROM headspace.migrations WHERE state = 'applied'"), "9");
    EXPECT_EQ(value("SELECT count(*) || ' ' || bool_and(indisvalid) FROM pg_index WHERE indrelid = "
                    "'a'::regclass"),
              "4 true");
}

TEST_F(daemon_migration_kill, a_second_upgrade_is_told_which_one_runs) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(60);");
    const auto daemon = start();
    const std::string id = begin_upgrade(*daemon);
    ASSERT_TRUE(comes_to_run(sleeping));
    const answer second = daemon->post("/v1/migrations/upgrade");
    EXPECT_EQ(second.status, 409);
    EXPECT_EQ(second.json().at("code").as_string(), "operation-running");
    EXPECT_EQ(second.json().at("operation").at("id").as_string(), id);
    for (const char* verb : {"upgrade", "downgrade", "stamp"}) {
        const process_outcome busy = daemon->ctl({"db", verb});
        EXPECT_EQ(busy.exit_status, 4) << busy.output;
        EXPECT_THAT(busy.output, HasSubstr(id));
    }
    EXPECT_EQ(daemon->ctl({"db", "status"}).exit_status, 0) << "looking is no second upgrade";
    EXPECT_EQ(state_of(*daemon), "running");

    EXPECT_EQ(cancel(*daemon, id).status, 202);
    ASSERT_TRUE(eventually([&] { return state_of_operation(*daemon, id) == "cancelled"; }));
    EXPECT_TRUE(running(sleeping).empty());
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(ledger(), "");
    EXPECT_TRUE(eventually([&] { return no_lock_is_held(); }));
    EXPECT_TRUE(comes_to_be(*daemon, "pending")) << state_of(*daemon);
}

TEST_F(daemon_migration_kill, a_cancelled_operation_is_1_for_who_follows_it) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(60);");
    const auto daemon = start();
    const pid_t ctl = upgrade_in_background(*daemon);
    ASSERT_TRUE(comes_to_run(sleeping));
    const answer busy = daemon->post("/v1/migrations/upgrade");
    const std::string id(busy.json().at("operation").at("id").as_string());
    EXPECT_EQ(cancel(*daemon, id).status, 202);
    EXPECT_EQ(exit_of(ctl), 1) << ctl_log();
    EXPECT_THAT(ctl_log(), HasSubstr("nothing of this migration was kept"));
}

TEST_F(daemon_migration_kill, ctrl_c_of_headspacectl_leaves_the_run_going) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(6);");
    const auto daemon = start();
    const pid_t ctl = upgrade_in_background(*daemon);
    ASSERT_TRUE(comes_to_run(sleeping));
    ::kill(ctl, SIGINT);
    EXPECT_EQ(exit_of(ctl), 128 + SIGINT);
    EXPECT_THAT(ctl_log(), HasSubstr("the upgrade goes on in headspaced"));
    EXPECT_EQ(running(sleeping).size(), 1U);
    EXPECT_TRUE(comes_to_be(*daemon, "current")) << daemon->log();
    EXPECT_EQ(ledger(), "1:applied");
}

TEST_F(daemon_migration_kill, sigterm_during_a_migration_rolls_it_back_within_drain_timeout) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(60);");
    daemon_process daemon(
        {.config = config() + "[shutdown]\ndrain_timeout = \"2s\"\n", .folder = home.path()});
    ASSERT_TRUE(daemon.wait_ready());
    ASSERT_TRUE(daemon.wait_connected());
    const pid_t ctl = upgrade_in_background(daemon);
    ASSERT_TRUE(comes_to_run(sleeping));
    const auto begin = clock::now();
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait_exit(), 0) << daemon.log();
    EXPECT_LT(clock::now() - begin, 15s); // not the minute that the statement takes
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").empty(); }, 10s));
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(ledger(), "");
    EXPECT_TRUE(no_lock_is_held());
    EXPECT_EQ(exit_of(ctl), 1) << ctl_log();
    EXPECT_EQ(daemon.log_lines_with("stopped after"), 1U) << daemon.log();
}

TEST_F(daemon_migration_kill, sigterm_lets_a_short_migration_end) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(3);");
    revision("2", "CREATE TABLE b (id int);");
    const auto daemon = start();
    const pid_t ctl = upgrade_in_background(*daemon);
    ASSERT_TRUE(comes_to_run(sleeping));
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait_exit(), 0) << daemon->log();
    EXPECT_EQ(ledger(), "1:applied 2:applied");
    EXPECT_EQ(exit_of(ctl), 0) << ctl_log();
}

TEST_F(daemon_migration_kill, sigterm_during_a_start_up_migration_ends_it_too) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(60);");
    daemon_process daemon(
        {.config = config("auto_upgrade = true") + "[shutdown]\ndrain_timeout = \"1s\"\n",
         .folder = home.path()});
    ASSERT_TRUE(comes_to_run(sleeping));
    const auto begin = clock::now();
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait_exit(), 0) << daemon.log();
    EXPECT_LT(clock::now() - begin, 15s); // not the minute that the statement takes
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").empty(); }, 10s));
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(daemon.log_lines_with("Database initialization failed"), 0U)
        << "an order to stop is no failure:\n"
        << daemon.log();
}
