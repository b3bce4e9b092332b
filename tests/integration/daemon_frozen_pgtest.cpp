// Backends that do not answer while the server is well, and stopping while a connection is out.
#include "network_world.hpp"
#include "support/background.hpp"
#include "support/fault_proxy.hpp"

#include <csignal>
#include <future>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

constexpr const char* brief_drain = "[shutdown]\ndrain_timeout = \"3s\"\n";

bool is_leased(daemon_process& daemon, const std::string& purpose) {
    return daemon.get("/v1/pool").body.find('"' + purpose + '"') != std::string::npos;
}

/// SIGTERM: exit 0, after drain_timeout (3 s) at the latest; twice that would be two waits one
/// after the other.
void expect_drained_in_time(daemon_process& daemon) {
    const auto begin = clock::now();
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait_exit(), 0);
    EXPECT_LT(clock::now() - begin, 5900ms);
}

} // namespace

TEST(daemon_frozen, a_frozen_backend_costs_one_question_its_deadline_and_is_abandoned) {
    const app_cluster cluster;
    daemon_process daemon(
        {.config = database(cluster.place(), std::string(no_ping) + "\npool_size = 1") + quick +
                   "[health]\ntimeout = \"2s\"\n"});
    ASSERT_TRUE(settled(daemon));
    ASSERT_EQ(daemon.get("/health/db").status, 200);
    ASSERT_TRUE(eventually([&] { return cluster.backends("headspaced").size() == 1; }));
    const pid_t frozen = cluster.backends("headspaced").front();
    temp_cluster::freeze(frozen);
    const auto begin = clock::now();
    auto question = std::async(std::launch::async, [&] { return daemon.get("/health/db"); });
    EXPECT_TRUE(eventually([&] { return is_leased(daemon, "health check"); })) << "asked meanwhile";
    const answer slow = question.get();
    const auto took = clock::now() - begin;
    EXPECT_EQ(slow.status, 503);
    EXPECT_THAT(slow.body, AllOf(HasSubstr("no reply"), HasSubstr(cluster.place()),
                                 HasSubstr(std::to_string(frozen))));
    EXPECT_GT(took, 1900ms);
    EXPECT_LT(took, 10s); // no longer deadline than its own
    EXPECT_EQ(daemon.get("/health/db").status, 200) << "a fresh connection serves the next";
    EXPECT_EQ(daemon.health().at("status").as_string(), "healthy");
    expect_one_complaint(daemon, AllOf(HasSubstr("connection lost while \"health check\" used it"),
                                       HasSubstr("no reply"), HasSubstr(cluster.place()),
                                       HasSubstr(std::to_string(frozen))));
    temp_cluster::thaw(frozen);
    EXPECT_TRUE(eventually([&] {
        const auto now = cluster.backends("headspaced");
        return std::find(now.begin(), now.end(), frozen) == now.end();
    }));
}

TEST(daemon_frozen, a_frozen_idle_backend_is_found_by_the_ping_and_the_question_is_answered) {
    const app_cluster cluster;
    daemon_process daemon({.config = database(cluster.place(), "pool_ping_after = \"100ms\"\n"
                                                               "pool_ping_timeout = \"2s\"") +
                                     quick});
    ASSERT_TRUE(settled(daemon));
    ASSERT_EQ(daemon.get("/health/db").status, 200);
    const auto frozen = cluster.backends("headspaced");
    for (const pid_t pid : frozen)
        temp_cluster::freeze(pid);
    ASSERT_TRUE(eventually([&, until = clock::now() + 200ms] { return clock::now() > until; }));
    EXPECT_EQ(daemon.get("/health/db").status, 200);
    EXPECT_EQ(daemon.health().at("status").as_string(), "healthy");
    EXPECT_THAT(daemon.complaints(), ElementsAre());
    EXPECT_EQ(daemon.log_lines_with("connection lost"), 1U);
    for (const pid_t pid : frozen)
        temp_cluster::thaw(pid);
}

TEST(daemon_frozen, a_stop_cancels_the_statement_of_a_lease_that_is_out) {
    app_cluster cluster;
    // The first statement of a lease, the connection budget, takes a minute on this server.
    cluster.sql("postgres", "CREATE SCHEMA trap; GRANT USAGE ON SCHEMA trap TO app; "
                            "CREATE FUNCTION trap.current_setting(text) RETURNS text LANGUAGE sql "
                            "AS 'SELECT pg_sleep(60); SELECT ''1'''; "
                            "ALTER ROLE app SET search_path = trap, pg_catalog");
    daemon_process daemon({.config = database(cluster.place()) + quick + brief_drain});
    ASSERT_TRUE(eventually([&] {
        return cluster.value("postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename = "
                                         "'app' AND wait_event = 'PgSleep'") == "1";
    }));
    EXPECT_TRUE(is_leased(daemon, "connection budget"));
    expect_drained_in_time(daemon);
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").empty(); }));
    expect_one_complaint(daemon, AllOf(HasSubstr("lease \"connection budget\" was still out"),
                                       HasSubstr("cancelled and closed")));
}

TEST(daemon_frozen, a_stop_does_not_wait_for_a_frozen_backend) {
    const app_cluster cluster;
    daemon_process daemon({.config = database(cluster.place(), no_ping) + quick + brief_drain +
                                     "[health]\ntimeout = \"60s\"\n"});
    ASSERT_TRUE(settled(daemon));
    ASSERT_EQ(daemon.get("/health/db").status, 200);
    const auto frozen = cluster.backends("headspaced");
    for (const pid_t pid : frozen)
        temp_cluster::freeze(pid);
    auto question = std::async(std::launch::async, [&] {
        try {
            return daemon.get("/health/db", 60s).status;
        } catch (const std::runtime_error&) {
            return 0; // the daemon hung up
        }
    });
    ASSERT_TRUE(eventually([&] { return is_leased(daemon, "health check"); }));
    expect_drained_in_time(daemon);
    EXPECT_NE(question.get(), 200);
    expect_one_complaint(daemon, HasSubstr("lease \"health check\" was still out"));
    for (const pid_t pid : frozen)
        temp_cluster::thaw(pid);
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").empty(); }));
}

TEST(daemon_frozen, a_stop_does_not_wait_for_a_network_that_went_dark) {
    const app_cluster cluster;
    background<fault_proxy> path(cluster.port());
    daemon_process daemon({.config = database(place_of(path.port()), no_ping) + quick +
                                     brief_drain + "[health]\ntimeout = \"60s\"\n"});
    ASSERT_TRUE(settled(daemon));
    ASSERT_EQ(daemon.get("/health/db").status, 200);
    path.with([](fault_proxy& p) { p.set().black_hole = true; });
    auto question = std::async(std::launch::async, [&] {
        try {
            return daemon.get("/health/db", 60s).status;
        } catch (const std::runtime_error&) {
            return 0;
        }
    });
    ASSERT_TRUE(eventually([&] { return is_leased(daemon, "health check"); }));
    expect_drained_in_time(daemon); // its cancel request gets no answer either
    EXPECT_NE(question.get(), 200);
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").empty(); }));
}
