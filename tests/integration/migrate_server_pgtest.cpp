// Servers and roles that cannot be migrated, and a pooler in between.
#include "integration/migrate_world.hpp"
#include "integration/pooler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

using namespace headspace;
using namespace headspace::test;
using testing::HasSubstr;

namespace {

class migrate_server : public testing::Test {
protected:
    migrate_world world;
};

/// What a load balancer before two servers does.
class taking_turns final : public pg::connector {
public:
    taking_turns(std::shared_ptr<pg::connector> a, std::shared_ptr<pg::connector> b)
        : next_(std::move(a)), after_(std::move(b)) {}
    asio::awaitable<result<std::unique_ptr<pg::session>>> connect(time_point until) override {
        std::swap(next_, after_);
        return after_->connect(until);
    }

private:
    std::shared_ptr<pg::connector> next_;
    std::shared_ptr<pg::connector> after_;
};

} // namespace

TEST_F(migrate_server, an_endpoint_whose_locks_do_not_exclude_each_other_is_refused) {
    temp_cluster other;
    world.revision("1", "CREATE TABLE a (id int);");
    const auto both = std::make_shared<taking_turns>(connector_to(world.io, world.cluster.url()),
                                                     connector_to(world.io, other.url()));
    migrate::runner runner(world.io.get_executor(), both, world.settings, world.jitter, {});
    const auto refused = run_on(world.io, runner.run(upgrade_to("head"), {}));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::lock_broken);
    EXPECT_EQ(world.value("SELECT to_regnamespace('headspace') IS NULL"), "t");
}

TEST_F(migrate_server, a_standby_is_refused_before_any_lock_is_taken) {
    world.revision("1", "CREATE TABLE a (id int);");
    const auto standby = world.cluster.make_standby();
    const auto refused = world.run(upgrade_to("head"), standby->url());
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::standby);
    EXPECT_EQ(standby->value("postgres", "SELECT count(*) FROM pg_locks WHERE locktype = "
                                         "'advisory'"),
              "0");
    // The pool of several hosts waits for a primary; a migration is answered at once.
    const auto connector = connector_to(world.io, standby->url(), "read-write");
    migrate::runner runner(world.io.get_executor(), connector, world.settings, world.jitter, {});
    const auto waiting = run_on(world.io, runner.run(upgrade_to("head"), {}));
    ASSERT_TRUE(waiting.has_error());
    EXPECT_EQ(waiting.error().code, errc::standby);
}

TEST_F(migrate_server, a_standby_beside_a_host_that_is_away_is_refused_as_a_standby) {
    world.revision("1", "CREATE TABLE a (id int);");
    const auto standby = world.cluster.make_standby();
    const std::string hosts = "postgresql://postgres@/postgres?host=127.0.0.1," +
                              standby->socket_directory() + "&port=1," +
                              std::to_string(standby->port());
    const auto connector = connector_to(world.io, hosts, "read-write");
    migrate::runner runner(world.io.get_executor(), connector, world.settings, world.jitter, {});
    const auto refused = run_on(world.io, runner.run(upgrade_to("head"), {}));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::standby) << refused.error().text();
}

TEST_F(migrate_server, a_database_that_is_away_on_port_25006_is_no_standby) {
    world.revision("1", "CREATE TABLE a (id int);");
    const auto away =
        world.run(upgrade_to("head"), "postgresql://postgres@127.0.0.1:25006/postgres");
    ASSERT_TRUE(away.has_error());
    EXPECT_EQ(away.error().code, errc::database_unavailable) << away.error().text();
}

TEST_F(migrate_server, a_role_that_may_not_create_the_ledger_is_given_the_grant_that_helps) {
    world.cluster.create_role("app");
    world.cluster.sql("postgres", "GRANT ALL ON SCHEMA public TO app");
    world.revision("1", "CREATE TABLE a (id int);");
    const std::string app = world.cluster.url("postgres", "app");
    const auto refused = world.run(upgrade_to("head"), app);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::no_ledger_rights);
    const std::string hint = refused.error().hint;
    const auto grant = hint.find("GRANT");
    ASSERT_NE(grant, std::string::npos) << hint;
    world.cluster.sql("postgres", hint.substr(grant));
    EXPECT_EQ(outcome_text(world.run(upgrade_to("head"), app)), "done: 1");
}

TEST_F(migrate_server, a_ledger_of_another_role_needs_only_the_grant_that_is_named) {
    world.cluster.create_role("app");
    world.cluster.sql("postgres", "GRANT ALL ON SCHEMA public TO app");
    world.revision("1", "CREATE TABLE a (id int);");
    ASSERT_EQ(outcome_text(world.upgrade()), "done: 1");
    world.revision("2", "CREATE TABLE b (id int);", "DROP TABLE b;");
    const std::string app = world.cluster.url("postgres", "app");
    const auto refused = world.run(upgrade_to("head"), app);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::no_ledger_rights);
    const std::string hint = refused.error().hint;
    world.cluster.sql("postgres", hint.substr(hint.find("GRANT")));
    EXPECT_EQ(outcome_text(world.run(upgrade_to("head"), app)), "done: 2");
    EXPECT_EQ(outcome_text(world.run(downgrade_to("-1"), app)), "done: 2");
}

TEST_F(migrate_server, a_database_that_is_away_is_unavailable) {
    world.revision("1", "CREATE TABLE a (id int);");
    world.cluster.stop();
    const auto refused = world.upgrade();
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::database_unavailable);
}

TEST_F(migrate_server, a_ledger_of_a_newer_headspaced_is_left_alone) {
    world.revision("1", "CREATE TABLE a (id int);");
    ASSERT_EQ(outcome_text(world.upgrade()), "done: 1");
    world.cluster.sql("postgres",
                      "INSERT INTO headspace.ledger (version, tool_version) VALUES (99, 'x')");
    const auto refused = world.upgrade();
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::newer_ledger);
    EXPECT_EQ(world.status().state, health::migrations_state::refused);
}

TEST_F(migrate_server, works_through_a_transaction_pooler_and_leaves_nothing_on_its_connections) {
    const pooler between(world.cluster);
    world.revision("1", "CREATE TABLE a (id int);\nSET statement_timeout = '7s';", "DROP TABLE a;");
    world.revision("2", "CREATE INDEX CONCURRENTLY i ON a (id);\nINSERT INTO a VALUES (1);",
                   "DROP INDEX CONCURRENTLY i;", "transaction:false");
    EXPECT_EQ(outcome_text(world.run(upgrade_to("head"), between.url())), "done: 1 2");
    EXPECT_EQ(world.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"), "t");
    EXPECT_EQ(world.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
    // Whoever gets one of the pooler's connections next finds it as it was.
    const auto connector = connector_to(world.io, between.url());
    const auto session = run_on(world.io, connector->connect(clock::now() + 30s)).value();
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(run_on(world.io, session->execute("SHOW statement_timeout", clock::now() + 30s))
                      .value()
                      .text(0, 0),
                  "0");
    EXPECT_EQ(outcome_text(world.run(downgrade_to("base"), between.url())), "done: 2 1");
}

TEST_F(migrate_server, refuses_session_settings_outside_of_a_transaction_through_a_pooler) {
    const pooler between(world.cluster);
    world.revision("1", "SET work_mem = '64MB';\nCREATE TABLE a (id int);", "",
                   "transaction:false");
    const auto refused = world.run(upgrade_to("head"), between.url());
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::unsafe_through_pooler);
    EXPECT_THAT(refused.error().hint, HasSubstr("migrations.url"));
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1") << "directly it is fine";
}

TEST_F(migrate_server, an_orphan_behind_a_pooler_is_found_by_its_comment) {
    const pooler between(world.cluster);
    world.cluster.sql("postgres", "CREATE TABLE a (id int); INSERT INTO a VALUES (1); CREATE "
                                  "FUNCTION slow(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS "
                                  "$$ BEGIN PERFORM pg_sleep(6); RETURN i; END $$");
    world.revision("1", "CREATE INDEX CONCURRENTLY i ON a (slow(id));", "", "transaction:false");
    const pid_t child =
        spawn({std::string(HEADSPACE_BINARY_DIR) + "/tests/integration/migrate_helper",
               between.url(), world.directory().string()});
    const auto running = [&] {
        return world.value("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query "
                           "LIKE '/* headspace 1 1/1%'");
    };
    ASSERT_TRUE(eventually([&] { return running() == "1"; }));
    ::kill(child, SIGKILL);
    wait_for(child, 30s);
    EXPECT_EQ(outcome_text(world.run(upgrade_to("head"), between.url())), "done: 1");
    EXPECT_EQ(running(), "0");
    EXPECT_EQ(world.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"), "t");
    EXPECT_EQ(world.value("SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass"), "1");
}
