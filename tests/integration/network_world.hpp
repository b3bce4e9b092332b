// What the tests of network faults share: a cluster whose role needs the canary password, the
// configuration that names it, and the two promises of every fault: /livez answers at once, and the
// log says each change of state once.
#pragma once

#include "support/daemon_process.hpp"
#include "support/temp_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace headspace::test {

using namespace std::chrono_literals;

// Short delays: what is tested is the healing, not the waiting.
inline constexpr const char* quick =
    "\n[reconnect]\ninitial = \"50ms\"\nmax = \"300ms\"\noperator = \"300ms\"\n";

/// Owns the role `app` with the canary as password, asked for wherever it comes from.
class app_cluster : public temp_cluster {
public:
    explicit app_cluster(cluster_options options = {}) : temp_cluster(with_password(options)) {
        create_role("app", std::string(canary));
    }
    [[nodiscard]] std::string place() const { return "127.0.0.1:" + std::to_string(port()); }

private:
    static cluster_options with_password(cluster_options options) {
        options.auth = "scram-sha-256";
        options.tcp = true;
        return options;
    }
};

/// [database] with the url of `places` ("host:port,host:port") and more keys of it.
inline std::string database(const std::string& places, const std::string& keys = {}) {
    return "[database]\nurl = \"postgresql://app:c4nary-Z9x%21%40%2F%25%23-s3cret@" + places +
           "/postgres\"\n" + keys + "\n";
}

inline std::string place_of(std::uint16_t port) {
    return "127.0.0.1:" + std::to_string(port);
}

inline std::string database_error(daemon_process& daemon) {
    const auto health = daemon.health();
    const auto* found = health.as_object().if_contains("database_error");
    return found == nullptr ? "" : std::string(found->as_string());
}

/// A key of [database] for tests that take an idle connection from under the pool: whoever asks
/// next is to get that one, not a ping's verdict on it.
inline constexpr const char* no_ping = "pool_ping_after = \"60s\"";

/// Connected, what is asked once at the start has been asked, and nothing is out or under way any
/// more.
inline bool settled(daemon_process& daemon) {
    return daemon.wait_connected() && eventually([&] {
               if (daemon.log_lines_with("connections free for us") == 0)
                   return false;
               const auto pool = daemon.get("/v1/pool").json();
               return pool.at("idle") == pool.at("live");
           });
}

/// Asks /livez all the time for `length`; how much of that time went into answers that took 100 ms
/// or more.
inline double share_of_slow_answers(daemon_process& daemon, duration length) {
    const auto begin = clock::now();
    duration slow{};
    while (clock::now() - begin < length) {
        const auto asked = clock::now();
        EXPECT_EQ(daemon.get("/livez").status, 200);
        const duration took = clock::now() - asked;
        slow += took < 100ms ? duration{} : took;
        pause_briefly();
    }
    return std::chrono::duration<double>(slow) / (clock::now() - begin);
}

/// While the fault lasts, /livez is answered in less than 100 ms for some `length` on end. An event
/// loop that waits for the fault is slow in every such time, a machine that hiccups is not.
inline void expect_lively(daemon_process& daemon, duration length) {
    EXPECT_TRUE(eventually([&] { return share_of_slow_answers(daemon, length) < 0.2; }))
        << "/livez takes 100 ms and more all the time";
}

/// One line for the whole outage so far: what happened, where, and what to do about it.
inline void expect_one_complaint(const daemon_process& daemon,
                                 const testing::Matcher<std::string>& that) {
    EXPECT_THAT(daemon.complaints(), testing::ElementsAre(that));
}

/// The outage ended, was said to have, and took one complaint in all.
inline void expect_healed(daemon_process& daemon) {
    EXPECT_TRUE(daemon.wait_connected());
    EXPECT_EQ(daemon.get("/health/db").status, 200);
    EXPECT_EQ(daemon.complaints().size(), 1U);
    EXPECT_EQ(daemon.log_lines_with("recovered after"), 1U);
}

} // namespace headspace::test
