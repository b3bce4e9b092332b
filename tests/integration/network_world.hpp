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

/// Connected, and nothing is out or under way any more.
inline bool settled(daemon_process& daemon) {
    return daemon.wait_connected() &&
           eventually([&] { return daemon.log_lines_with("connections free for us") > 0; });
}

/// Asks /livez all the time for as long as `length`: it never takes 100 ms.
inline void expect_lively(daemon_process& daemon, duration length) {
    const auto end = clock::now() + length;
    while (clock::now() < end) {
        const auto begin = clock::now();
        ASSERT_EQ(daemon.get("/livez").status, 200);
        ASSERT_LT(clock::now() - begin, 100ms);
        pause_briefly();
    }
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
