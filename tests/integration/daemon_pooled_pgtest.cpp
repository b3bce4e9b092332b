// Several daemons that reach one database through PgBouncer in transaction mode.
#include "integration/daemon_migrating.hpp"
#include "integration/pooler.hpp"

using namespace headspace;
using namespace headspace::test;
using testing::HasSubstr;

namespace {

class daemon_pooled : public daemon_migrating {
protected:
    pooler between{cluster};

    [[nodiscard]] std::string pooled_config(const std::string& more) const {
        std::string text =
            config("directory = \"" + directory().string() + "\"\n" + more, "pool_size = 2\n");
        const std::string direct = cluster.url();
        text.replace(text.find(direct), direct.size(), between.url());
        return text;
    }
    /// Eight of them at once; each ready and at the head. The revisions that all applied together.
    std::size_t applied_by_eight() {
        std::vector<std::unique_ptr<daemon_process>> daemons;
        for (int i = 0; i < 8; ++i)
            daemons.push_back(std::make_unique<daemon_process>(
                daemon_options{.config = pooled_config("auto_upgrade = true\n")}));
        std::size_t applied = 0;
        for (const auto& daemon : daemons) {
            EXPECT_TRUE(daemon->wait_ready(60s)) << daemon->log();
            EXPECT_TRUE(comes_to_be(*daemon, "current", 30s)) << daemon->log();
            EXPECT_EQ(daemon->log_lines_with("Database initialization failed"), 0U)
                << daemon->log();
            EXPECT_EQ(daemon->log_lines_with("deadlock"), 0U) << daemon->log();
            applied += daemon->log_lines_with(" applied ");
        }
        return applied;
    }
};

} // namespace

TEST_F(daemon_pooled, eight_daemons_apply_everything_exactly_once_and_strand_no_lock) {
    three();
    revision("4",
             "CREATE TABLE once (n int);\nINSERT INTO once VALUES (1);\nSELECT pg_sleep(0.2);");
    EXPECT_EQ(applied_by_eight(), 4U);
    EXPECT_EQ(ledger(), "1:applied 2:applied 3:applied 4:applied");
    EXPECT_EQ(value("SELECT count(*) FROM once"), "1");
    EXPECT_EQ(value("SELECT count(*) FROM headspace.migration_events"), "4");
    EXPECT_TRUE(eventually([&] { return no_lock_is_held(); }));
}

TEST_F(daemon_pooled, eight_daemons_build_an_index_concurrently_once) {
    revision("1", "CREATE TABLE a (id int);\nINSERT INTO a SELECT generate_series(1, 1000);");
    revision("2",
             "CREATE TABLE once (n int);\nINSERT INTO once VALUES (1);\n"
             "CREATE INDEX CONCURRENTLY a_id ON a (id);\nINSERT INTO once VALUES (2);",
             {}, "transaction:false");
    EXPECT_EQ(applied_by_eight(), 2U);
    EXPECT_EQ(ledger(), "1:applied 2:applied");
    EXPECT_EQ(value("SELECT string_agg(n::text, ' ' ORDER BY n) FROM once"), "1 2");
    EXPECT_EQ(value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass"), "t");
    EXPECT_EQ(value("SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass"), "1");
    EXPECT_TRUE(eventually([&] { return no_lock_is_held(); }));
}

TEST_F(daemon_pooled, what_a_file_sets_reaches_nobody_elses_connection) {
    cluster.sql("postgres", "CREATE ROLE owner; GRANT ALL ON SCHEMA public TO owner");
    revision("1", "CREATE TABLE a (id int);\nSET search_path = pg_catalog;\nSET ROLE owner;\n"
                  "SET lock_timeout = '7s';\nSELECT set_config('work_mem', '7MB', false);");
    revision("2", "CREATE TABLE b (id int);");
    daemon_process daemon(daemon_options{.config = pooled_config(""), .folder = home.path()});
    ASSERT_TRUE(daemon.wait_ready() && daemon.wait_connected()) << daemon.log();
    const process_outcome upgrade = daemon.ctl({"db", "upgrade"});
    EXPECT_EQ(upgrade.exit_status, 0) << upgrade.output;
    EXPECT_EQ(tables(), "a b");
    EXPECT_EQ(
        value("SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ' ') FROM pg_class WHERE "
              "relname IN ('a', 'b', 'migrations')"),
        "postgres");
    process_options options;
    options.directory = "/";
    // More clients at once than the migration used connections.
    for (int i = 0; i < 4; ++i) {
        const process_outcome shown =
            run({(postgres_bindir() / "psql").string(), "-X", "-At", "-c",
                 "SELECT current_user || ' ' || current_setting('search_path') || ' ' || "
                 "current_setting('lock_timeout') || ' ' || current_setting('work_mem')",
                 between.url()},
                options);
        EXPECT_EQ(shown.output, "postgres \"$user\", public 0 4MB\n");
    }
}

TEST_F(daemon_pooled, session_settings_outside_of_a_transaction_are_refused_with_the_remedy) {
    revision("1", "SET work_mem = '64MB';\nCREATE TABLE a (id int);", {}, "transaction:false");
    daemon_process daemon(daemon_options{.config = pooled_config(""), .folder = home.path()});
    ASSERT_TRUE(daemon.wait_ready() && daemon.wait_connected()) << daemon.log();
    const process_outcome refused = daemon.ctl({"db", "upgrade"});
    EXPECT_EQ(refused.exit_status, 3) << refused.output;
    EXPECT_THAT(refused.output, HasSubstr("migrations.url"));
    EXPECT_EQ(tables(), "");
}
