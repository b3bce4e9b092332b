// What an idle connection hears of its own death.
#include "support/process.hpp"
#include "support/session_frame.hpp"
#include "support/temp_cluster.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <iostream>
#include <optional>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;

namespace {

class pg_idle : public testing::Test {
protected:
    temp_cluster cluster;
    session_frame frame;
    std::optional<error> reason;

    /// Watches once the backend waits for us: one that is still sending when it is killed has no
    /// chance to say why.
    void watch(pg::session& session) {
        const std::string waits =
            "SELECT coalesce(bool_and(wait_event IS NOT NULL), true) FROM pg_stat_activity WHERE "
            "pid = " +
            std::to_string(session.facts().backend_pid);
        if (cluster.running())
            eventually([&] { return cluster.value("postgres", waits) == "t"; });
        session.watch_idle([this](error e) { reason = std::move(e); });
    }
    bool run_until_lost(duration limit = 30s) {
        const auto until = in(limit);
        frame.loop.restart();
        while (!reason && clock::now() < until)
            frame.loop.run_one_until(until);
        return reason.has_value();
    }
    void run_for(duration d) {
        frame.loop.restart();
        frame.loop.run_for(d);
    }
    std::string terminate(const pg::session& session) {
        return cluster.value("postgres", "SELECT pg_terminate_backend(" +
                                             std::to_string(session.facts().backend_pid) + ")");
    }
};

} // namespace

TEST_F(pg_idle, termination_is_heard_unasked_with_its_sqlstate) {
    const auto session = frame.connect(cluster.url());
    watch(*session);
    ASSERT_EQ(terminate(*session), "t");
    ASSERT_TRUE(run_until_lost());
    EXPECT_EQ(reason->code, make_error_code(errc::connection_lost));
    EXPECT_EQ(reason->sqlstate, "57P01");
    EXPECT_EQ(reason->kind, error_class::retry);
    EXPECT_TRUE(session->broken());
}

TEST_F(pg_idle, idle_session_timeout_says_57P05) {
    auto settings = settings_for(cluster.url());
    settings.session_settings = {{"idle_session_timeout", "100ms"}};
    if (postgres_major() < 14) {
        std::cout << "PostgreSQL " << postgres_major() << " has no idle_session_timeout\n";
        EXPECT_EQ(frame.refused(settings).sqlstate, "42704");
        return;
    }
    const auto session = frame.connect(settings);
    watch(*session);
    ASSERT_TRUE(run_until_lost());
    EXPECT_EQ(reason->sqlstate, "57P05");
}

TEST_F(pg_idle, a_bare_end_of_the_stream_has_no_sqlstate) {
    const auto session = frame.connect(cluster.url());
    watch(*session);
    // This backend dies without a word; the server then restarts all others.
    kill(session->facts().backend_pid, SIGKILL);
    ASSERT_TRUE(run_until_lost());
    EXPECT_EQ(reason->code, make_error_code(errc::connection_lost));
    EXPECT_EQ(reason->sqlstate, "");
}

TEST_F(pg_idle, a_crash_of_another_backend_is_told_apart) {
    const auto victim = frame.connect(cluster.url());
    const auto session = frame.connect(cluster.url());
    watch(*session);
    kill(victim->facts().backend_pid, SIGKILL);
    ASSERT_TRUE(run_until_lost());
    EXPECT_EQ(reason->sqlstate, "57P02");
}

TEST_F(pg_idle, every_way_to_stop_the_server_is_seen) {
    for (const stop_mode mode : {stop_mode::fast, stop_mode::immediate}) {
        reason.reset();
        const auto session = frame.connect(cluster.url());
        watch(*session);
        cluster.ask_to_stop(mode);
        ASSERT_TRUE(run_until_lost());
        EXPECT_EQ(reason->sqlstate, "57P01");
        cluster.wait_until_stopped();
        cluster.start();
    }
}

TEST_F(pg_idle, nothing_is_said_after_stop_watching) {
    const auto session = frame.connect(cluster.url());
    watch(*session);
    run_for(20ms);
    session->stop_watching();
    ASSERT_EQ(terminate(*session), "t");
    run_for(300ms);
    EXPECT_FALSE(reason);
    const auto outcome = frame.query(*session, "SELECT 1");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().sqlstate, "57P01");
}

TEST_F(pg_idle, a_connection_watched_again_after_a_short_lease_still_hears) {
    const auto session = frame.connect(cluster.url());
    for (int i = 0; i < 3; ++i) {
        watch(*session);
        run_for(5ms);
        session->stop_watching();
        EXPECT_EQ(frame.value(*session, "SELECT 1"), "1");
    }
    watch(*session);
    session->stop_watching();
    watch(*session);
    run_for(20ms);
    ASSERT_EQ(terminate(*session), "t");
    ASSERT_TRUE(run_until_lost());
    EXPECT_EQ(reason->sqlstate, "57P01");
}

TEST_F(pg_idle, one_that_is_dead_already_says_so_but_not_from_within_the_call) {
    const auto session = frame.connect(cluster.url());
    ASSERT_EQ(terminate(*session), "t");
    EXPECT_FALSE(frame.query(*session, "SELECT 1"));
    session->watch_idle([this](error e) { reason = std::move(e); });
    EXPECT_FALSE(reason);
    ASSERT_TRUE(run_until_lost());
    EXPECT_EQ(reason->sqlstate, "57P01");
}

TEST_F(pg_idle, the_listener_may_destroy_the_session) {
    auto session = frame.connect(cluster.url());
    bool told = false;
    session->watch_idle([&](const error&) {
        session.reset();
        told = true;
    });
    ASSERT_EQ(terminate(*session), "t");
    EXPECT_TRUE(eventually([&] {
        run_for(10ms);
        return told;
    }));
    EXPECT_EQ(session, nullptr);
}

TEST_F(pg_idle, a_changed_parameter_is_no_death) {
    const auto standby = cluster.make_standby();
    const auto session = frame.connect(standby->url());
    EXPECT_TRUE(session->facts().in_recovery);
    watch(*session);
    run_for(20ms);
    standby->promote();
    run_for(300ms);
    EXPECT_FALSE(reason);
    session->stop_watching();
    EXPECT_TRUE(run_on(frame.loop, session->ping(in(10s))));
    EXPECT_EQ(session->facts().in_recovery, postgres_major() < 14);
}
