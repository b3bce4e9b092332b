// migrations.auto_upgrade in real daemons: at start, later, with everything that can refuse, fail
// or be waited for.
#include "integration/daemon_migrating.hpp"

#include <csignal>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

namespace {

class daemon_auto_upgrade : public daemon_migrating {
protected:
    static constexpr const char* failed_line = "Database initialization failed: ";

    /// It stays up and ready, and nobody who looks can miss what did not happen.
    static void expect_not_initialized(daemon_process& daemon, const std::string& state) {
        ASSERT_TRUE(comes_to_be(daemon, state)) << state_of(daemon) << daemon.log();
        EXPECT_TRUE(daemon.wait_ready());
        EXPECT_EQ(daemon.health().at("status").as_string(), "degraded");
        EXPECT_EQ(daemon.health().at("database").as_string(), "connected");
        EXPECT_EQ(daemon.get("/readyz").status, 503);
        EXPECT_EQ(daemon.get("/livez").status, 200);
        EXPECT_EQ(daemon.log_lines_with(failed_line), 1U) << daemon.log();
        EXPECT_EQ(daemon.log_lines_with(". Persistence features will be unavailable."), 1U);
    }
    static void expect_initialized(daemon_process& daemon) {
        ASSERT_TRUE(comes_to_be(daemon, "current")) << state_of(daemon) << daemon.log();
        EXPECT_EQ(daemon.health().at("status").as_string(), "healthy");
        EXPECT_EQ(daemon.get("/readyz").status, 200);
    }
    void failing_third_statement() const {
        revision("1", "CREATE TABLE a (id int);");
        revision("2", "CREATE TABLE b (id int);\nINSERT INTO b VALUES (1);\n"
                      "ALTER TABLE b\n  ADD COLUMN x nosuchtype;");
    }
};

bool is_ready(daemon_process& daemon) {
    for (const std::string& datagram : daemon.notifications())
        if (datagram.starts_with("READY=1"))
            return true;
    return false;
}

} // namespace

TEST_F(daemon_auto_upgrade, ready_waits_for_the_upgrade_and_systemd_is_asked_for_more_time) {
    revision("1", "CREATE TABLE a (id int);");
    revision("2", "CREATE TABLE b (id int);\nSELECT pg_sleep(5);");
    const auto daemon = start_ordered("extend_timeout = \"900ms\"");
    ASSERT_TRUE(comes_to_run("SELECT pg_sleep%"));
    EXPECT_FALSE(is_ready(*daemon));
    const auto health = daemon->health();
    EXPECT_EQ(health.at("checks").at("migrations").as_string(), "running");
    EXPECT_EQ(health.at("checks").at("progress").as_string(), "2/2");
    EXPECT_EQ(health.at("status").as_string(), "healthy");
    EXPECT_EQ(daemon->get("/readyz").status, 503);
    EXPECT_EQ(tables(), "a");

    ASSERT_TRUE(daemon->wait_ready());
    EXPECT_EQ(tables(), "a b") << "READY came before the upgrade's end";
    expect_initialized(*daemon);
    std::size_t extended = 0;
    for (const std::string& datagram : daemon->notifications())
        extended += datagram.find("EXTEND_TIMEOUT_USEC=900000") != std::string::npos ? 1 : 0;
    EXPECT_GE(extended, 3U);
    EXPECT_FALSE(daemon->health().at("checks").as_object().contains("progress"));
}

TEST_F(daemon_auto_upgrade, every_step_is_one_line_of_the_log) {
    three();
    const auto daemon = start_ordered();
    ASSERT_TRUE(daemon->wait_ready());
    expect_initialized(*daemon);
    for (const char* step : {"applied 1 (revision 1)", "applied 2 (revision 2)",
                             "applied 3 (revision 3)", "upgrade done: 3 revisions, now at 3"})
        EXPECT_EQ(daemon->log_lines_with(step), 1U) << step << "\n" << daemon->log();
    EXPECT_EQ(daemon->log_lines_with("Applied migration"), 0U) << "said twice:\n" << daemon->log();
}

TEST_F(daemon_auto_upgrade, runs_when_the_database_appears_later) {
    three();
    cluster.stop();
    const auto daemon = start_ordered();
    ASSERT_TRUE(daemon->wait_ready()) << "without a database there is nothing to wait for";
    EXPECT_EQ(daemon->get("/readyz").status, 503);
    cluster.start();
    expect_initialized(*daemon);
    EXPECT_EQ(tables(), "a b c");
    EXPECT_EQ(daemon->log_lines_with(failed_line), 0U) << daemon->log();
}

TEST_F(daemon_auto_upgrade, goes_on_when_the_database_went_away_in_the_middle) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(3);");
    const auto daemon = start_ordered();
    ASSERT_TRUE(comes_to_run("SELECT pg_sleep%"));
    cluster.stop(stop_mode::immediate);
    EXPECT_TRUE(daemon->wait_ready()) << daemon->log();
    cluster.start();
    expect_initialized(*daemon);
    EXPECT_EQ(ledger(), "1:applied");
    EXPECT_EQ(daemon->log_lines_with(failed_line), 0U) << daemon->log();
}

TEST_F(daemon_auto_upgrade, goes_on_when_only_the_migrating_connection_was_ended) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(3);");
    const auto daemon = start_ordered();
    ASSERT_TRUE(comes_to_run("SELECT pg_sleep%"));
    value("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT "
          "pg_sleep%' AND application_name = 'headspaced'");
    expect_initialized(*daemon);
    EXPECT_EQ(ledger(), "1:applied");
}

TEST_F(daemon_auto_upgrade, a_migrations_url_that_nobody_may_use_is_said_and_heals) {
    three();
    const auto daemon = start_ordered("url = \"" + cluster.url("postgres", "migrator") + "\"");
    expect_not_initialized(*daemon, "failed");
    EXPECT_THAT(daemon->log(), HasSubstr("role \"migrator\" does not exist"));
    cluster.create_role("migrator", {}, "LOGIN SUPERUSER");
    expect_initialized(*daemon);
    EXPECT_EQ(value("SELECT DISTINCT db_role FROM headspace.migrations"), "migrator");
}

TEST_F(daemon_auto_upgrade, a_failing_third_statement_leaves_nothing_and_a_mended_file_heals_it) {
    failing_third_statement();
    const auto daemon = start_ordered();
    expect_not_initialized(*daemon, "failed");
    EXPECT_EQ(tables(), "a");
    EXPECT_EQ(ledger(), "1:applied");
    EXPECT_THAT(daemon->log(),
                AllOf(HasSubstr("Database initialization failed: versions/2_r.sql:6: "),
                      HasSubstr("type \"nosuchtype\" does not exist"), HasSubstr("42704"),
                      HasSubstr("statement 3 of 3")));

    revision("2", "CREATE TABLE b (id int);");
    expect_initialized(*daemon);
    EXPECT_EQ(tables(), "a b");
    EXPECT_EQ(daemon->log_lines_with(failed_line), 1U) << daemon->log();
}

TEST_F(daemon_auto_upgrade, tries_again_at_a_reload) {
    revision("1", "INSERT INTO made_by_hand VALUES (1);");
    const auto daemon = start_ordered();
    expect_not_initialized(*daemon, "failed");
    // Nothing in the directory changes: what was missing is in the database.
    value("CREATE TABLE made_by_hand (id int)");
    daemon->signal(SIGHUP);
    expect_initialized(*daemon);
    EXPECT_EQ(value("SELECT count(*) FROM made_by_hand"), "1");
    EXPECT_EQ(daemon->log_lines_with(failed_line), 1U) << daemon->log();
}

TEST_F(daemon_auto_upgrade, tries_again_when_the_connection_returns) {
    revision("1", "INSERT INTO made_by_hand VALUES (1);");
    const auto daemon = start_ordered();
    expect_not_initialized(*daemon, "failed");
    value("CREATE TABLE made_by_hand (id int)");
    cluster.stop();
    ASSERT_TRUE(
        eventually([&] { return daemon->health().at("database").as_string() == "disconnected"; }));
    cluster.start();
    expect_initialized(*daemon);
    EXPECT_EQ(value("SELECT count(*) FROM made_by_hand"), "1");
}

TEST_F(daemon_auto_upgrade, an_upgrade_by_hand_ends_the_degradation) {
    revision("1", "INSERT INTO made_by_hand VALUES (1);");
    const auto daemon = start_ordered();
    expect_not_initialized(*daemon, "failed");
    value("CREATE TABLE made_by_hand (id int)");
    daemon->migrate("upgrade");
    expect_initialized(*daemon);
}

TEST_F(daemon_auto_upgrade, several_heads_are_refused_and_a_merge_heals) {
    write("1_a.sql", "-- a\n-- headspace:parent base\n-- migrate:up\nCREATE TABLE a ();\n");
    write("2_b.sql", "-- b\n-- headspace:parent 1\n-- migrate:up\nCREATE TABLE b ();\n");
    write("3_c.sql", "-- c\n-- headspace:parent 1\n-- migrate:up\nCREATE TABLE c ();\n");
    const auto daemon = start_ordered();
    expect_not_initialized(*daemon, "refused");
    EXPECT_THAT(daemon->log(), HasSubstr("Multiple head revisions are present"));
    EXPECT_EQ(tables(), "");
    write("4_m.sql", "-- m\n-- headspace:parent 2,3\n-- migrate:up\nSELECT 1;\n");
    expect_initialized(*daemon);
    EXPECT_EQ(tables(), "a b c");
}

TEST_F(daemon_auto_upgrade, an_edited_file_is_refused_until_it_is_restored) {
    three();
    {
        const auto daemon = start_ordered();
        ASSERT_TRUE(daemon->wait_ready());
        expect_initialized(*daemon);
    }
    std::filesystem::remove(home.path() / "log");
    revision("2", "CREATE TABLE b (id bigint);", "DROP TABLE b;");
    const auto daemon = start_ordered();
    expect_not_initialized(*daemon, "refused");
    EXPECT_THAT(daemon->log(), HasSubstr("versions/2_r.sql"));
    three();
    expect_initialized(*daemon);
}

TEST_F(daemon_auto_upgrade, a_destructive_revision_is_refused_until_an_operator_allows_it) {
    revision("1", "CREATE TABLE a (id int);");
    revision("2", "-- DESTRUCTIVE: nobody needs it\nDROP TABLE a;");
    const auto daemon = start_ordered();
    expect_not_initialized(*daemon, "refused");
    EXPECT_THAT(daemon->log(), HasSubstr("versions/2_r.sql:3: revision 2 destroys data"));
    EXPECT_EQ(tables(), "") << "a plan that is refused begins with none of its steps";
    const auto lines = daemon->migrate("upgrade", R"({"allow_destructive":true})");
    EXPECT_EQ(lines.back().at("outcome").as_string(), "succeeded");
    expect_initialized(*daemon);
}

TEST_F(daemon_auto_upgrade, without_a_migrations_directory_it_warns_once_and_is_healthy) {
    const auto daemon = start_ordered();
    ASSERT_TRUE(daemon->wait_ready());
    ASSERT_TRUE(daemon->wait_connected());
    EXPECT_TRUE(comes_to_be(*daemon, "none")) << state_of(*daemon);
    EXPECT_EQ(daemon->health().at("status").as_string(), "healthy");
    EXPECT_EQ(daemon->get("/readyz").status, 200);
    daemon->signal(SIGHUP);
    ASSERT_TRUE(eventually([&] { return daemon->log_lines_with("Configuration reloaded") == 1; }));
    daemon->ctl({"health"});
    EXPECT_EQ(daemon->log_lines_with("there is no migrations directory"), 1U) << daemon->log();
    EXPECT_EQ(daemon->log_lines_with(failed_line), 0U) << daemon->log();

    three();
    expect_initialized(*daemon);
    EXPECT_EQ(tables(), "a b c") << "the directory appeared";
}

TEST_F(daemon_auto_upgrade, waits_for_the_lock_of_another_daemon_and_sees_its_work) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(8);");
    const auto first = start_ordered();
    ASSERT_TRUE(comes_to_run("SELECT pg_sleep%"));
    daemon_process second(
        {.config = config("auto_upgrade = true\nlock_wait = \"300ms\"\ndirectory = \"" +
                          directory().string() + "\"")});
    expect_not_initialized(second, "waiting");
    EXPECT_THAT(second.log(), HasSubstr("another migration holds the lock: pid "));
    expect_initialized(*first);
    expect_initialized(second);
    EXPECT_EQ(ledger(), "1:applied");
}

// CREATE INDEX CONCURRENTLY of the one that holds the lock would wait for such a transaction.
TEST_F(daemon_auto_upgrade, who_waits_for_the_lock_has_no_transaction_open_between_two_looks) {
    revision("1", "CREATE TABLE a (id int);\nSELECT pg_sleep(8);");
    const auto first = start_ordered();
    ASSERT_TRUE(comes_to_run("SELECT pg_sleep%"));
    daemon_process second(
        {.config = config("auto_upgrade = true\ndirectory = \"" + directory().string() + "\"")});
    EXPECT_TRUE(eventually(
        [&] {
            return value(
                       "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle' AND xact_start "
                       "IS NULL AND query = 'ROLLBACK'") == "1";
        },
        7s));
    EXPECT_TRUE(eventually([&] {
        return second.log_lines_with("another migration holds the lock: pid ") == 1;
    })) << second.log();
    expect_initialized(*first);
    expect_initialized(second);
}

TEST_F(daemon_auto_upgrade, works_on_the_test_database_with_test) {
    three();
    daemon_process daemon(
        {.config = config("auto_upgrade = true"), .arguments = {"--test"}, .folder = home.path()});
    ASSERT_TRUE(daemon.wait_ready());
    expect_initialized(daemon);
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(cluster.value("postgres_test", "SELECT count(*) FROM headspace.migrations"), "3");
}

TEST_F(daemon_auto_upgrade, eight_daemons_on_one_empty_database_apply_everything_exactly_once) {
    three();
    revision("4", "CREATE TABLE once (n int);\nINSERT INTO once VALUES (1);");
    revision("5", "INSERT INTO once VALUES (2);\nSELECT pg_sleep(0.3);");
    std::vector<std::unique_ptr<daemon_process>> daemons;
    for (int i = 0; i < 8; ++i)
        daemons.push_back(std::make_unique<daemon_process>(daemon_options{
            .config = config("auto_upgrade = true\ndirectory = \"" + directory().string() + "\"",
                             "pool_size = 3\n")}));
    std::size_t applied = 0;
    for (const auto& daemon : daemons) {
        ASSERT_TRUE(daemon->wait_ready(120s)) << daemon->log();
        expect_initialized(*daemon);
        EXPECT_EQ(daemon->log_lines_with(failed_line), 0U) << daemon->log();
        applied += daemon->log_lines_with(" applied ");
    }
    EXPECT_EQ(applied, 5U) << "each revision is applied by one of them";
    EXPECT_EQ(ledger(), "1:applied 2:applied 3:applied 4:applied 5:applied");
    EXPECT_EQ(value("SELECT string_agg(n::text, ' ' ORDER BY n) FROM once"), "1 2");
    EXPECT_EQ(value("SELECT count(*) FROM headspace.migration_events"), "5");
    EXPECT_TRUE(eventually([&] { return no_lock_is_held(); }));
}

TEST_F(daemon_auto_upgrade, eight_daemons_build_an_index_concurrently_once) {
    revision("1", "CREATE TABLE a (id int);\nINSERT INTO a SELECT generate_series(1, 1000);");
    revision("2",
             "CREATE TABLE once (n int);\nINSERT INTO once VALUES (1);\n"
             "CREATE INDEX CONCURRENTLY a_id ON a (id);\nINSERT INTO once VALUES (2);",
             {}, "transaction:false");
    std::vector<std::unique_ptr<daemon_process>> daemons;
    for (int i = 0; i < 8; ++i)
        daemons.push_back(std::make_unique<daemon_process>(daemon_options{
            .config = config("auto_upgrade = true\ndirectory = \"" + directory().string() + "\"",
                             "pool_size = 3\n")}));
    std::size_t applied = 0;
    for (const auto& daemon : daemons) {
        ASSERT_TRUE(daemon->wait_ready(120s)) << daemon->log();
        expect_initialized(*daemon);
        applied += daemon->log_lines_with(" applied ");
    }
    EXPECT_EQ(applied, 2U);
    EXPECT_EQ(ledger(), "1:applied 2:applied");
    EXPECT_EQ(value("SELECT string_agg(n::text, ' ' ORDER BY n) FROM once"), "1 2");
    EXPECT_EQ(value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass"), "t");
    EXPECT_EQ(value("SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass"), "1");
}
