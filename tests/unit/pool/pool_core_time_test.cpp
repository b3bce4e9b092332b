// What the core does because time passes; the clock is moved by hand.
#include "core_harness.hpp"

using namespace headspace;
using namespace headspace::pool;
using namespace headspace::pool::testing;

namespace {

// Answers every connect, ping and close at once with success, for `span` of time.
void live(core_harness& h, duration span, duration step = 1s) {
    for (duration t{}; t < span; t += step) {
        h.advance(step);
        for (words todo = h.take(); !todo.empty(); todo = h.take())
            for (const std::string& w : todo) {
                const auto slot = static_cast<std::uint32_t>(std::stoul(w.substr(w.find(' ') + 1)));
                if (w.starts_with("connect "))
                    h.connected(slot);
                else if (w.starts_with("ping "))
                    h.on(events::pinged{h.id(slot)});
                else if (w.starts_with("close "))
                    h.closed(slot);
            }
    }
}

} // namespace

TEST(pool_core_time, a_waiter_times_out_at_its_deadline_and_not_before) {
    core_harness h;
    h.warm_up(3);
    h.acquire(1, 30s, on_down::wait, "migrate");
    h.advance(500ms);
    h.acquire(2, 30s, on_down::wait, "web");
    h.acquire(3, 30s, on_down::wait, "web");
    h.advance(11500ms);
    h.acquire(4, 30s);
    h.acquire(5, 60s);
    h.acquire(6, 60s);
    h.advance(29999ms);
    EXPECT_TRUE(h.failed.empty());
    h.advance(1ms);
    ASSERT_EQ(h.failed.size(), 1u);
    const error& e = h.failed.at(4);
    EXPECT_EQ(code_of(e), errc::pool_exhausted);
    EXPECT_EQ(e.message, "no connection within 30.0 s (3 of 3 in use, 3 waiting, longest: "
                         "\"migrate\" 42 s)");
    EXPECT_EQ(h.core.snapshot(h.now).timeouts, 1u);
    EXPECT_EQ(h.core.snapshot(h.now).waiters, 2u);
}

TEST(pool_core_time, the_timeout_of_an_outage_is_another_error_than_that_of_an_exhausted_pool) {
    core_harness h;
    h.start();
    h.acquire(1, 5s);
    h.acquire(2, 5s);
    h.connect_failed(0, refused());
    for (int i = 0; i < 4; ++i) {
        while (h.core.snapshot(h.now).connecting == 0)
            h.advance(10ms);
        h.connect_failed(h.last_connect, refused());
    }
    const duration tried = h.now - h.began;
    h.advance(5s - tried);
    const error& e = h.failed.at(1);
    EXPECT_EQ(code_of(e), errc::database_unavailable);
    EXPECT_EQ(e.kind, error_class::retry);
    EXPECT_EQ(e.sqlstate, "08001");
    EXPECT_EQ(e.hint, "is PostgreSQL running there?");
    EXPECT_EQ(e.message,
              "no connection within 5.0 s (0 of 3 in use, 2 waiting); last connect error " +
                  format_elapsed(5s - tried) + " ago: Connection refused (db:5432)");
}

TEST(pool_core_time, a_timeout_before_any_outcome_says_so) {
    core_harness h;
    h.start();
    h.acquire(1, 500ms);
    h.advance(500ms);
    EXPECT_EQ(code_of(h.failed.at(1)), errc::database_unavailable);
    EXPECT_EQ(h.failed.at(1).message, "no connection within 0.5 s (0 of 3 in use, 1 waiting); "
                                      "connecting has had no outcome yet");
}

TEST(pool_core_time, one_deadline_covers_queue_ping_and_retries) {
    core_harness h;
    h.warm_up(1);
    h.advance(20s);
    h.acquire(1, 3s);
    h.advance(2s);
    h.on(events::ping_failed{h.id(0), failure("")});
    h.advance(1s);
    EXPECT_TRUE(h.failed.contains(1));
    EXPECT_EQ(h.take(), (words{"ping 0", "close 0 ping", "connect 1", "fail 1"}));
    h.connected(1);
    EXPECT_EQ(h.take(), (words{"park 1"}));
}

TEST(pool_core_time, the_backoff_doubles_with_equal_jitter_and_has_a_cap) {
    core_harness h;
    h.jitter.value = 0.5;
    h.start();
    for (int i = 0; i < 11; ++i) {
        h.connect_failed(h.last_connect, refused());
        while (h.core.snapshot(h.now).connecting == 0)
            h.advance(25ms);
    }
    std::vector<duration> gaps;
    for (std::size_t i = 1; i < h.connect_times.size(); ++i)
        gaps.push_back(h.connect_times[i] - h.connect_times[i - 1]);
    EXPECT_EQ(gaps, (std::vector<duration>{75ms, 150ms, 300ms, 600ms, 1200ms, 2400ms, 4800ms,
                                           9600ms, 19200ms, 22500ms, 22500ms}));
}

TEST(pool_core_time, a_long_outage_says_at_most_one_line_a_minute) {
    core_harness h;
    h.jitter.value = 0.9;
    h.start();
    while (h.now - h.began < 10min) {
        h.connect_failed(h.last_connect, refused());
        while (h.core.snapshot(h.now).connecting == 0)
            h.advance(100ms);
    }
    const words lines = h.take_log();
    EXPECT_GE(lines.size(), 6u);
    EXPECT_LE(lines.size(), 11u);
    EXPECT_EQ(lines[1].substr(0, 50), "warning pool_still_down: still unavailable after 1");
    EXPECT_NE(lines[1].find(" attempts: Connection refused (db:5432) (08001)"), std::string::npos);
}

TEST(pool_core_time, a_server_that_accepts_and_dies_makes_no_hot_loop) {
    core_harness h;
    h.start();
    for (int i = 0; i < 12; ++i) {
        h.connected(h.last_connect);
        h.on(events::lost{h.id(h.last_connect), failure("57P01")});
        h.closed(h.last_connect);
        while (h.core.snapshot(h.now).connecting == 0)
            h.advance(10ms);
    }
    EXPECT_GT(h.now - h.began, 60s);
    EXPECT_EQ(h.core.state(), pool_state::degraded);
    EXPECT_EQ(h.take_log(), (words{"info connection_lost: connection lost: server said 57P01",
                                   "info connection_lost: connection lost: server said 57P01",
                                   "warning pool_flapping: connections end right after they were "
                                   "made: server said 57P01; next attempt in 100 ms"}));
    h.connected(h.last_connect);
    h.advance(10s);
    EXPECT_EQ(h.core.state(), pool_state::up);
    EXPECT_EQ(h.take_log(), (words{"info pool_up: connections last again"}));
}

TEST(pool_core_time, idle_connections_above_the_minimum_go_one_a_tick_from_the_cold_end) {
    core_harness h;
    h.warm_up(3);
    h.advance(599s);
    EXPECT_EQ(h.take(), words{});
    h.advance(30s);
    EXPECT_EQ(h.take(), (words{"close 0 idle"}));
    h.closed(0);
    h.advance(30s);
    EXPECT_EQ(h.take(), (words{"close 1 idle"}));
    h.closed(1);
    h.advance(1h);
    EXPECT_EQ(h.take(), words{});
    EXPECT_EQ(h.core.snapshot(h.now).idle, 1u);
}

TEST(pool_core_time, a_keepalive_ping_does_not_make_a_connection_look_used) {
    pool_settings s = usual();
    s.keepalive = 120s;
    core_harness h(s);
    h.warm_up(2);
    h.advance(90s);
    EXPECT_EQ(h.take(), words{});
    h.advance(30s);
    EXPECT_EQ(h.take(), (words{"ping 0"})); // one a tick
    h.on(events::pinged{h.id(0)});
    EXPECT_EQ(h.take(), (words{"park 0"}));
    h.advance(30s);
    EXPECT_EQ(h.take(), (words{"ping 1"}));
    h.on(events::pinged{h.id(1)});
    live(h, 450s, 30s); // reaped 600 s after its last use all the same
    EXPECT_EQ(h.core.snapshot(h.now).idle, 1u);
}

TEST(pool_core_time, keepalive_pings_are_spread_by_jitter_and_come_early_only) {
    pool_settings s = usual();
    s.keepalive = 120s;
    s.tick = 1s;
    core_harness h(s);
    h.jitter.value = 0.5;
    h.warm_up(1);
    h.advance(113s);
    EXPECT_EQ(h.take(), words{});
    h.advance(1s);
    EXPECT_EQ(h.take(), (words{"ping 0"}));
}

TEST(pool_core_time, no_keepalive_ping_while_somebody_waits) {
    pool_settings s = usual();
    s.keepalive = 60s;
    s.size = 1;
    s.lease_warn = 0s;
    core_harness h(s);
    h.warm_up(1);
    h.acquire(1);
    h.acquire(2, 1h);
    h.take();
    h.advance(10min);
    EXPECT_EQ(h.take(), words{});
}

TEST(pool_core_time, no_connection_outlives_recycle_and_they_do_not_go_together) {
    pool_settings s = usual();
    s.size = s.min_idle = 10;
    s.recycle = 3600s;
    core_harness h(s);
    h.jitter.value = 0.5;
    h.start();
    h.connected(0);
    for (std::uint32_t i = 1; i < 10; ++i)
        h.connected(i);
    h.take();
    std::vector<duration> retired;
    while (h.now - h.began < 4h) {
        h.advance(30s);
        for (words todo = h.take(); !todo.empty(); todo = h.take())
            for (const std::string& w : todo) {
                const auto slot = static_cast<std::uint32_t>(std::stoul(w.substr(w.find(' ') + 1)));
                if (w.ends_with(" recycle")) {
                    retired.push_back(h.now - h.began);
                    h.closed(slot);
                } else if (w.starts_with("connect ")) {
                    h.connected(slot);
                }
            }
    }
    ASSERT_GE(retired.size(), 36u);
    EXPECT_LE(retired.size(), 45u); // ten an hour, or a few more for the jitter
    for (std::size_t i = 1; i < retired.size(); ++i)
        EXPECT_GE(retired[i] - retired[i - 1], 324s - 30s) << i; // the granularity of a tick
    EXPECT_LE(retired[9], 3600s);                                // all of the first ten
}

TEST(pool_core_time, a_lease_past_its_age_is_retired_on_return) {
    pool_settings s = usual();
    s.recycle = 3600s;
    s.lease_warn = 0s;
    core_harness h(s);
    h.warm_up(1);
    h.acquire(1);
    h.advance(3599s);
    h.take();
    h.release(0);
    EXPECT_EQ(h.take(), (words{"park 0"}));
    h.acquire(2);
    h.advance(1s);
    h.take();
    h.release(0);
    EXPECT_EQ(h.take(), (words{"close 0 recycle", "connect 1"}));
}

TEST(pool_core_time, two_returns_within_the_kill_gap_retire_one_connection) {
    pool_settings s = usual();
    s.recycle = 3600s;
    s.lease_warn = 0s;
    core_harness h(s);
    h.jitter.value = 0.9; // planned for an age of 3276 s and one gap before
    h.warm_up(2);
    h.acquire(1);
    h.acquire(2);
    h.advance(3300s);
    h.take();
    h.release(0);
    h.release(1);
    EXPECT_EQ(h.take(), (words{"close 0 recycle", "park 1"}));
}

TEST(pool_core_time, nothing_is_recycled_while_the_database_is_away) {
    pool_settings s = usual();
    s.recycle = 3600s;
    core_harness h(s);
    h.warm_up(1);
    h.acquire(1);
    h.acquire(2, 2h);
    h.connect_failed(1, refused());
    h.release(0);
    h.release(0);
    EXPECT_EQ(h.core.state(), pool_state::degraded);
    while (h.now - h.began < 2h) {
        h.advance(1s);
        if (h.core.snapshot(h.now).connecting > 0)
            h.connect_failed(h.last_connect, refused());
    }
    EXPECT_EQ(h.core.snapshot(h.now).idle, 1u);
    EXPECT_EQ(h.core.snapshot(h.now).closed.at("recycle"), 0u);
}

TEST(pool_core_time, a_lease_held_for_long_is_named_once_and_again_when_it_returns) {
    core_harness h;
    h.warm_up(2);
    h.acquire(1, 30s, on_down::wait, "migrate");
    h.advance(10s);
    h.acquire(2, 30s, on_down::wait, "report");
    h.on(events::pinged{h.id(0)});
    h.advance(49999ms);
    EXPECT_EQ(h.take_log(), words{});
    h.advance(1ms);
    EXPECT_EQ(h.take_log(),
              (words{"warning lease_held: lease \"migrate\" has been held for 1 min 0 s"}));
    h.advance(10s);
    EXPECT_EQ(h.take_log(),
              (words{"warning lease_held: lease \"report\" has been held for 1 min 0 s"}));
    h.advance(5s);
    EXPECT_EQ(h.take_log(), words{});
    h.release(1);
    EXPECT_EQ(h.take_log(),
              (words{"info lease_returned: lease \"migrate\" was returned after 1 min 15 s"}));
}

TEST(pool_core_time, an_operation_that_ignores_its_deadline_does_not_hold_its_place_for_ever) {
    core_harness h;
    h.start();
    h.acquire(1, 1min);
    h.advance(20s); // 15 s, and the 5 s of grace
    EXPECT_EQ(h.take(), (words{"connect 0", "close 0 abandoned"}));
    EXPECT_EQ(h.core.state(), pool_state::down);
    h.closed(0);
    h.advance(100ms);
    EXPECT_EQ(h.take(), (words{"connect 0"}));
    h.connected(0);
    h.take();
    h.release(0, returned::in_transaction);
    h.advance(10s);
    EXPECT_EQ(h.take(), (words{"reset 0 rollback", "close 0 reset_failed", "connect 1"}));
    h.closed(0);
    h.connected(1);
    h.advance(5s);
    h.acquire(2, 1min);
    h.take();
    h.advance(7s);
    EXPECT_EQ(h.take(), (words{"close 1 ping", "connect 0"}));
}

TEST(pool_core_time, an_operation_is_not_given_up_because_another_one_is_overdue) {
    core_harness h;
    h.warm_up(2);
    h.acquire(1);
    h.acquire(2);
    h.release(1, returned::in_transaction); // given up after 10 s
    h.advance(4s);
    h.release(0, returned::in_transaction);
    h.take();
    h.advance(6s);
    EXPECT_EQ(h.take(), (words{"close 1 reset_failed"}));
    h.advance(4s);
    EXPECT_EQ(h.take(), (words{"close 0 reset_failed", "connect 2"}));
}

TEST(pool_core_time, an_idle_pool_that_is_up_arms_nothing_but_its_tick) {
    pool_settings s = usual();
    s.min_idle = 0;
    core_harness h(s);
    h.start();
    h.connected(0);
    h.advance(631s);
    h.closed(0);
    h.take();
    const std::size_t events_before = h.events.size();
    h.advance(24h * 365);
    EXPECT_EQ(h.take(), words{});
    EXPECT_EQ(h.events.size(), events_before);
    EXPECT_EQ(h.core.snapshot(h.now).live, 0u);
}
