// A headspaced from its start to its end against a real PostgreSQL.
#include "support/daemon_process.hpp"
#include "support/temp_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

std::string config_for(const std::string& url, const std::string& more = {}) {
    return "[database]\nurl = \"" + url + "\"\n" + more;
}

void daemon_question(const std::filesystem::path& socket, const std::string& target) {
    admin::client client({{socket.string(), false}});
    (void)client.send({"GET", target, {}, 20s});
}

std::string encoded_canary() {
    return "c4nary-Z9x%21%40%2F%25%23-s3cret";
}

} // namespace

TEST(daemon_start, connects_says_so_and_stops_cleanly) {
    temp_cluster cluster({.auth = "scram-sha-256", .tcp = true});
    cluster.create_role("app", std::string(canary));
    cluster.create_database("app", "app");
    const std::string port = std::to_string(cluster.port());
    daemon_process daemon({.config = config_for("postgresql://app:" + encoded_canary() +
                                                "@127.0.0.1:" + port + "/app")});
    ASSERT_TRUE(daemon.wait_ready());
    ASSERT_TRUE(daemon.wait_connected());
    EXPECT_EQ(
        daemon.log_lines_with("Database connected to postgresql://app@127.0.0.1:" + port + "/app"),
        1U);
    EXPECT_TRUE(
        eventually([&] { return daemon.log_lines_with("pool_size 10, the server has") == 1; }));

    const auto health = daemon.health();
    EXPECT_EQ(health.at("status").as_string(), "healthy");
    EXPECT_EQ(health.at("version").as_string(), "0.1.0");
    EXPECT_EQ(health.at("checks").at("database").as_string(), "ok");
    EXPECT_EQ(health.at("checks").at("pool").as_string(), "ok");
    EXPECT_EQ(health.as_object().find("database_error"), health.as_object().end());

    const answer now = daemon.get("/health/db");
    EXPECT_EQ(now.status, 200);
    EXPECT_EQ(now.json().at("database").as_string(), "connected");
    EXPECT_EQ(now.json().at("role").as_string(), "primary");
    EXPECT_THAT(std::string(now.json().at("server_version").as_string()),
                StartsWith(std::to_string(postgres_major())));
    EXPECT_EQ(daemon.get("/readyz").status, 200);
    EXPECT_EQ(daemon.get("/livez").body, "ok\n");

    EXPECT_FALSE(cluster.backends("headspaced").empty());
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait_exit(), 0);
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").empty(); }, 2s));
    EXPECT_FALSE(std::filesystem::exists(daemon.socket()));
    bool stopping = false;
    for (const std::string& datagram : daemon.notifications())
        stopping = stopping || datagram.starts_with("STOPPING=1");
    EXPECT_TRUE(stopping);
}

TEST(daemon_start, without_a_database_it_starts_is_degraded_and_says_what_to_do) {
    temp_cluster cluster({.tcp = true, .start = false});
    const std::string port = std::to_string(cluster.port());
    daemon_process daemon(
        {.config = config_for("postgresql://postgres@127.0.0.1:" + port + "/postgres")});
    ASSERT_TRUE(daemon.wait_ready(6s));
    EXPECT_EQ(daemon.log_lines_with("Database connection failed: "), 1U) << daemon.log();
    EXPECT_THAT(daemon.log(), HasSubstr("Connection refused (127.0.0.1:" + port + ", 08001)"));
    const answer health = daemon.get("/health");
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(health.json().at("status").as_string(), "degraded");
    EXPECT_EQ(health.json().at("database").as_string(), "disconnected");
    EXPECT_THAT(std::string(health.json().at("database_error").as_string()),
                HasSubstr("Connection refused (127.0.0.1:" + port + ", 08001)"));
    EXPECT_EQ(health.json().at("checks").at("database").as_string(), "unavailable");
    EXPECT_EQ(daemon.get("/readyz").status, 503);
    EXPECT_EQ(daemon.get("/livez").status, 200);
    EXPECT_EQ(daemon.get("/health/db").status, 503);
    EXPECT_TRUE(eventually([&] { return daemon.status_line().starts_with("Degraded"); }))
        << daemon.status_line();

    cluster.start();
    ASSERT_TRUE(daemon.wait_connected(35s));
    EXPECT_EQ(daemon.log_lines_with("Database connected to"), 1U) << daemon.log();
    EXPECT_EQ(daemon.log_lines_with("Database connection failed: "), 1U) << daemon.log();
    EXPECT_TRUE(eventually([&] { return daemon.status_line().starts_with("Ready"); }))
        << daemon.status_line();
}

TEST(daemon_start, a_silent_server_is_given_up_after_connect_timeout_while_health_answers) {
    temp_cluster cluster({.tcp = true});
    temp_cluster::freeze(cluster.postmaster());
    const auto begin = clock::now();
    daemon_process daemon({.config = config_for("postgresql://postgres@127.0.0.1:" +
                                                std::to_string(cluster.port()) + "/postgres")});
    bool asked = false;
    while (daemon.log_lines_with("Database connection failed") == 0 && clock::now() - begin < 10s) {
        try {
            const auto before = clock::now();
            daemon.health();
            EXPECT_LT(clock::now() - before, 1s);
            asked = true;
        } catch (const std::runtime_error&) {
            // not listening yet
        }
        pause_briefly();
    }
    const auto took = clock::now() - begin;
    temp_cluster::thaw(cluster.postmaster());
    EXPECT_TRUE(asked);
    EXPECT_GT(took, 4500ms);
    EXPECT_LT(took, 5900ms);
    EXPECT_THAT(daemon.log(), HasSubstr("no reply"));
    EXPECT_TRUE(daemon.wait_connected(35s));
}

TEST(daemon_start, a_second_sigterm_ends_it_at_once) {
    temp_cluster cluster;
    daemon_process daemon({.config = config_for(cluster.url())});
    ASSERT_TRUE(daemon.wait_connected());
    daemon.signal(SIGTERM);
    daemon.signal(SIGTERM);
    EXPECT_TRUE(daemon.wait_exit(3s).has_value());
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").empty(); }, 2s));
}

TEST(daemon_start, the_watchdog_is_fed_at_a_third_of_its_interval) {
    temp_cluster cluster;
    daemon_process daemon(
        {.config = config_for(cluster.url()), .environment = {{"WATCHDOG_USEC", "900000"}}});
    ASSERT_TRUE(daemon.wait_ready());
    const auto fed = [&] {
        std::size_t count = 0;
        for (const std::string& datagram : daemon.notifications())
            count += datagram == "WATCHDOG=1" ? 1 : 0;
        return count;
    };
    const auto before = fed();
    const auto begin = clock::now();
    ASSERT_TRUE(eventually([&] { return fed() >= before + 4; }, 5s));
    EXPECT_GT(clock::now() - begin, 800ms); // and not in a tight loop
}

TEST(daemon_start, a_test_database_is_created_and_the_main_one_never_touched) {
    temp_cluster cluster;
    cluster.create_role("app", {}, "LOGIN CREATEDB");
    daemon_process daemon(
        {.config = config_for(cluster.url("shop", "app")), .arguments = {"--test"}});
    ASSERT_TRUE(daemon.wait_connected());
    EXPECT_EQ(cluster.value("postgres",
                            "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database "
                            "WHERE datname LIKE 'shop%'"),
              "shop_test");
    EXPECT_THAT(daemon.log(), HasSubstr("Created the database \"shop_test\""));
}

TEST(daemon_start, a_stopping_daemon_takes_no_new_questions_while_it_finishes_the_old_ones) {
    temp_cluster cluster;
    daemon_process daemon(
        {.config = config_for(cluster.url(), "[shutdown]\ndrain_timeout = \"4s\"\n")});
    ASSERT_TRUE(daemon.wait_connected());
    // An answer that takes as long as it may: every backend is frozen.
    for (const pid_t pid : cluster.backends("headspaced"))
        temp_cluster::freeze(pid);
    std::thread slow([&] {
        daemon_question(daemon.socket(), "/health/db"); // cut off at the latest after drain_timeout
    });
    ASSERT_TRUE(eventually(
        [&] { return daemon.get("/v1/pool").json().at("leased").to_number<int>() > 0; }));
    daemon.signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(daemon.socket()); }, 1s));
    EXPECT_EQ(daemon.wait_exit(6s), 0);
    slow.join();
    for (const pid_t pid : children_of(cluster.postmaster()))
        temp_cluster::thaw(pid);
}
