#include "core_harness.hpp"
#include "pool/breaker.hpp"

using namespace headspace;
using namespace headspace::pool;
using namespace headspace::pool::testing;

namespace {

const time_point t0{100h};

} // namespace

TEST(breaker, starts_slowly_and_doubles_with_each_success) {
    breaker b(usual());
    std::vector<std::uint32_t> limits;
    for (int i = 0; i < 4; ++i) {
        limits.push_back(b.limit(t0));
        b.connected(t0);
    }
    EXPECT_EQ(limits, (std::vector<std::uint32_t>{1, 2, 4, 4}));
}

TEST(breaker, a_failure_closes_the_way_until_the_backoff_has_passed) {
    breaker b(usual());
    EXPECT_EQ(b.connect_failed(refused(), 0, t0, 0.0), setback::opened);
    EXPECT_TRUE(b.down());
    EXPECT_EQ(b.limit(t0), 0u);
    EXPECT_EQ(b.next_attempt(t0), t0 + 50ms);
    EXPECT_EQ(b.limit(t0 + 50ms), 1u);
}

TEST(breaker, never_gives_up_and_never_waits_longer_than_the_maximum) {
    breaker b(usual());
    time_point now = t0;
    std::vector<duration> delays;
    for (int i = 0; i < 200; ++i) {
        b.connect_failed(refused(), 0, now, 0.5);
        const time_point at = b.next_attempt(now);
        delays.push_back(at - now);
        now = at;
    }
    EXPECT_EQ(delays[0], 75ms);
    EXPECT_EQ(delays[1], 150ms);
    EXPECT_EQ(delays[2], 300ms);
    EXPECT_EQ(delays[199], 22500ms);
    EXPECT_EQ(b.attempts(), 200u);
}

TEST(breaker, failures_of_connects_begun_together_count_once) {
    breaker b(usual());
    for (int i = 0; i < 3; ++i)
        b.connected(t0);
    b.connect_failed(refused(), 0, t0, 0.0);
    const time_point at = b.next_attempt(t0);
    EXPECT_EQ(b.connect_failed(refused(), 0, t0 + 1ms, 0.0), setback::none);
    EXPECT_EQ(b.connect_failed(refused(), 0, t0 + 2ms, 0.0), setback::none);
    EXPECT_EQ(b.next_attempt(t0), at);
    EXPECT_EQ(b.attempts(), 1u);
}

TEST(breaker, the_delay_starts_again_only_after_a_stable_time) {
    breaker b(usual());
    b.connect_failed(refused(), 0, t0, 0.0);        // 50 ms
    b.connect_failed(refused(), 0, t0 + 50ms, 0.0); // 100 ms
    b.connected(t0 + 150ms);
    b.connect_failed(refused(), 0, t0 + 5s, 0.0); // too early: goes on with 200 ms
    EXPECT_EQ(b.next_attempt(t0 + 5s), t0 + 5s + 200ms);
    b.connected(t0 + 6s);
    b.connect_failed(refused(), 0, t0 + 16s, 0.0); // ten seconds up
    EXPECT_EQ(b.next_attempt(t0 + 16s), t0 + 16s + 50ms);
}

TEST(breaker, what_only_a_person_can_mend_is_probed_slowly) {
    breaker b(usual());
    EXPECT_EQ(b.connect_failed(failure("28P01", error_class::unavailable), 0, t0, 0.0),
              setback::opened);
    EXPECT_TRUE(b.operator_needed());
    EXPECT_EQ(b.next_attempt(t0), t0 + 30s);
    b.connect_failed(refused(), 0, t0 + 30s, 0.0);
    EXPECT_FALSE(b.operator_needed());
    EXPECT_EQ(b.next_attempt(t0 + 30s), t0 + 30s + 50ms);
}

TEST(breaker, a_promotion_is_not_waited_for_at_a_persons_pace) {
    breaker b(usual());
    b.connect_failed(failure("25006", error_class::unavailable), 0, t0, 0.0);
    EXPECT_TRUE(b.operator_needed()) << "waiters are told at once";
    EXPECT_EQ(b.next_attempt(t0), t0 + 50ms);
}

TEST(breaker, each_cause_is_said_once_and_then_once_in_a_while) {
    breaker b(usual());
    time_point now = t0;
    const auto fail = [&](const error& e) {
        const setback s = b.connect_failed(e, 0, now, 0.0);
        now = b.next_attempt(now);
        return s;
    };
    EXPECT_EQ(fail(refused()), setback::opened);
    EXPECT_EQ(fail(refused()), setback::none);
    EXPECT_EQ(fail(failure("57P03")), setback::new_cause);
    EXPECT_EQ(fail(refused()), setback::none);
    int repeats = 0;
    while (now < t0 + 10min)
        repeats += fail(refused()) == setback::repeat;
    EXPECT_GE(repeats, 8);
    EXPECT_LE(repeats, 10);
}

TEST(breaker, causes_that_never_repeat_do_not_fill_the_log) {
    breaker b(usual());
    time_point now = t0;
    int said = 0;
    for (int i = 0; i < 100; ++i) {
        error e = refused();
        e.sqlstate.clear();
        e.message = "words no " + std::to_string(i);
        said += b.connect_failed(e, 0, now, 0.0) != setback::none;
        now = b.next_attempt(now);
    }
    EXPECT_LE(said, 8 + 25 * 100 / 60 + 1);
}

TEST(breaker, a_server_that_is_starting_is_not_asked_again_before_the_initial_delay) {
    breaker b(usual());
    b.connect_failed(failure("57P03"), 0, t0, 0.0);
    EXPECT_EQ(b.next_attempt(t0), t0 + 100ms);
}

TEST(breaker, a_full_server_only_stops_growth) {
    breaker b(usual());
    b.connected(t0);
    b.connected(t0);
    EXPECT_EQ(b.connect_failed(failure("53300"), 2, t0, 0.0), setback::full);
    EXPECT_FALSE(b.down());
    EXPECT_TRUE(b.ailing());
    EXPECT_EQ(b.limit(t0), 0u);
    EXPECT_EQ(b.limit(t0 + 50ms), 1u); // one at a time
    EXPECT_EQ(b.connect_failed(failure("53300"), 2, t0 + 50ms, 0.0), setback::none);
    EXPECT_EQ(b.next_attempt(t0 + 50ms), t0 + 150ms);
    EXPECT_EQ(b.connected(t0 + 200ms), recovery::full);
    EXPECT_FALSE(b.ailing());
}

TEST(breaker, a_full_server_where_we_hold_nothing_is_an_outage) {
    breaker b(usual());
    EXPECT_EQ(b.connect_failed(failure("53300"), 0, t0, 0.0), setback::opened);
    EXPECT_TRUE(b.down());
    EXPECT_FALSE(b.operator_needed());
}

TEST(breaker, connections_that_die_young_delay_the_next_one_more_and_more) {
    breaker b(usual());
    time_point now = t0;
    std::vector<duration> holds;
    std::vector<setback> said;
    for (int i = 0; i < 5; ++i) {
        b.connected(now);
        said.push_back(b.lost(failure("57P01"), now, now, 0.0));
        holds.push_back(b.next_attempt(now) - now);
        now = b.next_attempt(now);
    }
    EXPECT_EQ(holds, (std::vector<duration>{50ms, 100ms, 200ms, 400ms, 800ms}));
    EXPECT_EQ(said, (std::vector<setback>{setback::none, setback::flapping, setback::none,
                                          setback::none, setback::none}));
    b.connected(now);
    EXPECT_FALSE(b.settle(now + 9s));
    EXPECT_EQ(b.settles_at(), now + 10s);
    EXPECT_TRUE(b.settle(now + 10s));
    EXPECT_FALSE(b.ailing());
    EXPECT_FALSE(b.last_error());
}

TEST(breaker, a_connection_that_dies_at_an_old_age_delays_nothing) {
    breaker b(usual());
    b.connected(t0);
    EXPECT_EQ(b.lost(failure("57P01"), t0, t0 + 10s, 0.0), setback::none);
    EXPECT_EQ(b.limit(t0 + 10s), 2u);
}

TEST(breaker, an_operator_can_end_the_backoff) {
    breaker b(usual());
    b.connect_failed(failure("28P01", error_class::unavailable), 0, t0, 0.0);
    b.force(false);
    EXPECT_EQ(b.limit(t0), 1u);
    EXPECT_TRUE(b.operator_needed()); // until the attempt has an outcome
    b.force(true);
    EXPECT_FALSE(b.down());
    EXPECT_FALSE(b.proven());
    EXPECT_EQ(b.connected(t0 + 1s), recovery::outage);
}

TEST(breaker, counts_the_attempts_of_an_outage) {
    breaker b(usual());
    time_point now = t0;
    for (int i = 0; i < 37; ++i) {
        b.connect_failed(refused(), 0, now, 0.0);
        now = b.next_attempt(now);
    }
    EXPECT_EQ(b.attempts(), 37u);
    EXPECT_EQ(b.outage_since(), t0);
    EXPECT_EQ(b.connected(now), recovery::outage);
    EXPECT_EQ(b.attempts(), 0u);
    EXPECT_FALSE(b.last_error());
}
