// Every way a database goes away and comes back while headspaced runs: it stays up, says in one
// line what happened, heals by itself.
#include "support/daemon_process.hpp"
#include "support/temp_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <sstream>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

// Short delays: what is tested is the healing, not the waiting.
constexpr const char* quick = "\n[reconnect]\nmax = \"500ms\"\noperator = \"500ms\"\n";

class daemon_outage : public testing::Test {
protected:
    temp_cluster cluster{{.tcp = true}};
    daemon_process daemon{{.config = "[database]\nurl = \"postgresql://postgres@127.0.0.1:" +
                                     std::to_string(cluster.port()) +
                                     "/postgres\"\npool_size = 5\npool_min_idle = 3\n" + quick}};

    void SetUp() override {
        ASSERT_TRUE(daemon.wait_ready());
        ASSERT_TRUE(daemon.wait_connected());
    }
    bool disconnected() {
        return eventually(
            [&] { return daemon.health().at("database").as_string() == "disconnected"; });
    }
    void expect_one_line_each() {
        // One line for each cause: a server that dies may hang up on one and refuse the next.
        std::vector<std::string> causes;
        std::istringstream lines(daemon.log());
        for (std::string line; std::getline(lines, line);)
            if (const auto at = line.find("database unavailable: "); at != std::string::npos)
                causes.push_back(line.substr(at, line.find(')', at) - at));
        EXPECT_GE(causes.size(), 1U) << daemon.log();
        EXPECT_LE(causes.size(), 2U) << daemon.log();
        EXPECT_EQ(std::set<std::string>(causes.begin(), causes.end()).size(), causes.size())
            << daemon.log();
        EXPECT_EQ(daemon.log_lines_with("recovered after"), 1U) << daemon.log();
    }
};

} // namespace

TEST_F(daemon_outage, a_fast_stop_and_start) {
    cluster.stop(stop_mode::fast);
    ASSERT_TRUE(disconnected());
    EXPECT_EQ(daemon.get("/livez").status, 200);
    EXPECT_EQ(daemon.get("/health").status, 200);
    cluster.start();
    EXPECT_TRUE(daemon.wait_connected());
    expect_one_line_each();
}

TEST_F(daemon_outage, an_immediate_stop_and_start) {
    cluster.stop(stop_mode::immediate);
    ASSERT_TRUE(disconnected());
    cluster.start();
    EXPECT_TRUE(daemon.wait_connected());
    expect_one_line_each();
}

TEST_F(daemon_outage, a_smart_stop_is_not_held_up_by_our_idle_connections) {
    cluster.ask_to_stop(stop_mode::smart);
    // A smart shutdown waits for us; new connections get 57P03. Asking for one makes us notice.
    EXPECT_TRUE(eventually([&] {
        daemon.get("/health/db");
        daemon.post("/v1/pool/recycle");
        return !cluster.running();
    })) << daemon.log();
    cluster.wait_until_stopped();
    cluster.start();
    EXPECT_TRUE(daemon.wait_connected());
}

TEST_F(daemon_outage, the_postmaster_is_killed) {
    cluster.kill_postmaster();
    ASSERT_TRUE(disconnected());
    cluster.start();
    EXPECT_TRUE(daemon.wait_connected());
    expect_one_line_each();
}

TEST_F(daemon_outage, a_backend_is_killed_and_the_server_recovers) {
    const auto pids = cluster.backends("headspaced");
    ASSERT_FALSE(pids.empty());
    ::kill(pids.front(), SIGKILL); // every other backend ends too, and the server recovers
    ASSERT_TRUE(eventually([&] { return std::none_of(pids.begin(), pids.end(), is_running); }));
    EXPECT_TRUE(eventually([&] { return daemon.get("/health/db").status == 200; }));
    EXPECT_TRUE(daemon.wait_connected());
    EXPECT_EQ(daemon.get("/livez").status, 200);
    for (const pid_t pid : cluster.backends("headspaced"))
        EXPECT_EQ(std::count(pids.begin(), pids.end(), pid), 0);
}

TEST_F(daemon_outage, terminating_every_idle_connection_fails_none_of_the_next_100_questions) {
    ASSERT_TRUE(eventually([&] { return cluster.backends("headspaced").size() >= 3; }));
    const auto idle = cluster.backends("headspaced");
    cluster.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE application_name = 'headspaced'");
    // One that still takes a question and dies of it is not what is tested.
    ASSERT_TRUE(eventually([&] { return std::none_of(idle.begin(), idle.end(), is_running); }));
    for (int i = 0; i < 100; ++i) {
        const answer now = daemon.get("/health/db");
        ASSERT_EQ(now.status, 200) << i << ": " << now.body << daemon.log();
    }
}

TEST_F(daemon_outage, a_frozen_server_is_found_by_asking_and_never_holds_up_health) {
    temp_cluster::freeze(cluster.postmaster()); // first: no backend is born that would be missed
    for (const pid_t pid : children_of(cluster.postmaster()))
        temp_cluster::freeze(pid);
    std::vector<duration> took;
    const bool noticed = eventually(
        [&] {
            const auto before = clock::now();
            const auto health = daemon.health();
            took.push_back(clock::now() - before);
            return health.at("database").as_string() == "disconnected";
        },
        60s);
    EXPECT_TRUE(noticed) << daemon.log();
    std::nth_element(took.begin(), took.begin() + std::ssize(took) / 2, took.end());
    EXPECT_LT(took[took.size() / 2], 1s);
    EXPECT_EQ(daemon.get("/livez").status, 200);
    temp_cluster::thaw(cluster.postmaster());
    for (const pid_t pid : children_of(cluster.postmaster()))
        temp_cluster::thaw(pid);
    EXPECT_TRUE(daemon.wait_connected());
}

TEST_F(daemon_outage, idle_session_timeout_is_no_outage) {
    cluster.set("idle_session_timeout", "300ms");
    EXPECT_TRUE(eventually([&] { return daemon.get("/health/db").status == 200; }));
    const auto begin = clock::now();
    while (clock::now() - begin < 2s) {
        EXPECT_EQ(daemon.get("/health/db").status, 200) << daemon.log();
        pause_briefly();
    }
    EXPECT_EQ(daemon.log_lines_with("connection failed"), 0U) << daemon.log();
}
