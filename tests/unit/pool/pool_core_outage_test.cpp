// The database goes, comes back, is full or is another one; the settings change: one transition a
// test.
#include "core_harness.hpp"

using namespace headspace;
using namespace headspace::pool;
using namespace headspace::pool::testing;

TEST(pool_core, while_the_database_is_away_waiters_wait_to_their_deadline) {
    core_harness h;
    h.start();
    h.acquire(1, 10s);
    h.connect_failed(0, refused());
    EXPECT_EQ(h.core.state(), pool_state::down);
    h.take();
    h.acquire(2, 10s);
    EXPECT_EQ(h.take(), words{});
    h.advance(100ms);
    EXPECT_EQ(h.take(), (words{"connect 0"}));
    h.connected(0);
    EXPECT_EQ(h.take(), (words{"grant 0 to 1", "connect 1"}));
    h.connect_failed(1, refused());
    h.advance(10s);
    EXPECT_EQ(code_of(h.failed.at(2)), errc::pool_exhausted); // one is in use: not down
}

TEST(pool_core, health_checks_get_the_cached_error_at_once) {
    core_harness h;
    h.start();
    h.acquire(1, 10s, on_down::fail_fast);
    h.acquire(2, 10s);
    EXPECT_EQ(h.take(), (words{"connect 0"})); // nothing is known yet: both wait
    h.connect_failed(0, refused());
    EXPECT_EQ(h.take(), (words{"fail 1"}));
    EXPECT_EQ(code_of(h.failed.at(1)), errc::database_unavailable);
    EXPECT_EQ(h.failed.at(1).message, refused().message);
    h.acquire(3, 10s, on_down::fail_fast);
    EXPECT_EQ(h.take(), (words{"fail 3"}));
    EXPECT_EQ(h.core.snapshot(h.now).unavailable, 2u);
}

TEST(pool_core, what_only_an_operator_can_mend_fails_everyone_at_once) {
    core_harness h;
    h.start();
    h.acquire(1, 10s);
    h.acquire(2, 10s);
    h.connect_failed(0, failure("28P01", error_class::unavailable));
    EXPECT_EQ(h.take(), (words{"connect 0", "fail 1", "fail 2"}));
    h.acquire(3);
    EXPECT_EQ(h.take(), (words{"fail 3"}));
    EXPECT_EQ(h.failed.at(3).sqlstate, "28P01");
    EXPECT_EQ(h.failed.at(3).kind, error_class::unavailable);
    h.advance(29s);
    EXPECT_EQ(h.take(), words{});
    h.advance(1s);
    EXPECT_EQ(h.take(), (words{"connect 0"})); // probing goes on
    h.connected(0);
    h.acquire(4);
    EXPECT_EQ(h.take(), (words{"park 0", "grant 0 to 4"}));
}

TEST(pool_core, a_lease_from_before_the_outage_is_no_proof_of_life) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.advance(1ms);
    h.acquire(2);
    h.connect_failed(1, refused());
    EXPECT_EQ(h.core.state(), pool_state::down);
    h.advance(1ms);
    h.release(0);
    EXPECT_EQ(h.core.state(), pool_state::degraded) << "it came back and went out again";
    h.release(0, returned::broken);
    EXPECT_EQ(h.core.state(), pool_state::down);
}

TEST(pool_core, a_lease_lives_on_with_a_server_that_refuses_new_connections) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.advance(1ms);
    h.acquire(2);
    h.connect_failed(1, failure("28P01", error_class::unavailable));
    EXPECT_EQ(h.core.state(), pool_state::degraded);
}

TEST(pool_core, while_some_connections_live_an_operators_error_fails_nobody) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.acquire(2);
    h.connect_failed(1, failure("28P01", error_class::unavailable));
    EXPECT_EQ(h.core.state(), pool_state::degraded);
    EXPECT_FALSE(h.failed.contains(2));
    h.take();
    h.release(0);
    EXPECT_EQ(h.take(), (words{"grant 0 to 2"}));
    h.acquire(3);
    h.release(0, returned::broken); // the last one is gone: now waiting is in vain
    EXPECT_TRUE(h.failed.contains(3));
    EXPECT_EQ(h.core.state(), pool_state::down);
}

TEST(pool_core, an_outage_is_one_line_at_its_begin_and_one_at_its_end) {
    core_harness h;
    h.warm_up(1);
    h.advance(20s);
    h.on(events::lost{h.id(0), failure("57P01")});
    h.closed(0);
    h.take_log();
    for (int attempt = 0; attempt < 9; ++attempt) {
        h.take();
        h.connect_failed(h.last_connect, refused());
        while (h.core.snapshot(h.now).connecting == 0)
            h.advance(50ms);
    }
    h.connected(h.last_connect);
    EXPECT_EQ(h.take_log(),
              (words{"warning pool_down: database unavailable: Connection refused (db:5432) "
                     "(08001): is PostgreSQL running there?; next attempt in 50 ms",
                     "info pool_up: recovered after 25 s, 9 attempts"}));
}

TEST(pool_core, the_first_outcome_of_all_is_left_to_who_started_the_pool) {
    core_harness h;
    h.start();
    h.connect_failed(0, refused());
    ASSERT_EQ(h.events.size(), 1u);
    EXPECT_EQ(h.events[0].level, log_level::debug);
    h.take_log();
    h.advance(50ms);
    h.connected(0);
    EXPECT_EQ(h.take_log(), (words{"info pool_up: recovered after 50 ms, 1 attempt"}));
}

TEST(pool_core, a_server_going_down_smartly_gets_its_idle_connections_back) {
    core_harness h;
    h.warm_up(2);
    h.acquire(1);
    h.acquire(2);
    h.acquire(3);
    h.take();
    h.release(0);
    h.release(1);
    h.take();
    h.connect_failed(2, failure("57P03"));
    EXPECT_EQ(h.take(), (words{"close 1 generation"}));
    h.release(0);
    EXPECT_EQ(h.take(), (words{"close 0 generation"}));
}

TEST(pool_core, a_full_server_shrinks_the_pool_to_what_is_open_and_it_recovers) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.acquire(2);
    h.take();
    h.connect_failed(1, failure("53300"));
    EXPECT_EQ(h.take_log(), (words{"warning pool_full: the server has no room for more "
                                   "connections, 1 is open: server said 53300"}));
    EXPECT_EQ(h.core.state(), pool_state::degraded);
    EXPECT_EQ(h.take(), words{});
    h.advance(50ms);
    EXPECT_EQ(h.take(), (words{"connect 1"}));
    h.connect_failed(1, failure("53300"));
    h.advance(99ms);
    EXPECT_EQ(h.take(), words{});
    h.advance(1ms);
    EXPECT_EQ(h.take(), (words{"connect 1"}));
    h.connected(1);
    EXPECT_EQ(h.take(), (words{"grant 1 to 2"}));
    EXPECT_EQ(h.take_log(),
              (words{"info pool_full_over: the server has room for as many as are needed"}));
    EXPECT_EQ(h.core.state(), pool_state::up);
}

TEST(pool_core, a_full_server_is_forgotten_when_nobody_needs_more) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.acquire(2);
    h.connect_failed(1, failure("53300"));
    h.release(0);
    h.release(0);
    EXPECT_EQ(h.core.state(), pool_state::degraded);
    h.advance(1s);
    EXPECT_EQ(h.core.state(), pool_state::up);
}

TEST(pool_core, reconnect_ends_the_backoff_and_retires_what_is_older_than_now) {
    core_harness h;
    h.warm_up(3);
    h.acquire(1);
    h.take();
    h.on(events::reconnect{});
    EXPECT_EQ(h.take(), (words{"close 0 generation", "close 1 generation"}));
    h.release(2);
    EXPECT_EQ(h.take(), (words{"close 2 generation"}));
    h.closed(0);
    EXPECT_EQ(h.take(), (words{"connect 0"}));
    h.connect_failed(0, failure("28P01", error_class::unavailable));
    h.take();
    h.on(events::reconnect{});
    EXPECT_EQ(h.take(), (words{"connect 0"}));
}

TEST(pool_core, reconnect_gives_up_an_attempt_that_hangs) {
    core_harness h;
    h.start();
    h.take();
    h.on(events::reconnect{});
    EXPECT_EQ(h.take(), (words{"close 0 abandoned", "connect 1"}));
}

TEST(pool_core, after_a_schema_change_nobody_gets_a_connection_that_is_older) {
    core_harness h;
    h.warm_up(2);
    h.on(events::schema_changed{});
    h.on(events::schema_changed{});
    EXPECT_EQ(h.take(), words{}) << "nothing is reopened for each of many changes";
    h.acquire(1);
    EXPECT_EQ(h.take(), (words{"close 1 generation", "close 0 generation", "connect 2"}));
    h.connected(2);
    EXPECT_EQ(h.take(), (words{"grant 2 to 1"}));
    EXPECT_EQ(h.take_log(), words{}) << "a schema change is no outage";
    EXPECT_TRUE(h.core.invariants_hold());
}

TEST(pool_core, a_lease_that_was_out_at_a_schema_change_is_closed_on_return) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.on(events::schema_changed{});
    h.take();
    h.release(0);
    EXPECT_EQ(h.take(), (words{"close 0 generation", "connect 1"}));
}

TEST(pool_core, what_is_idle_at_a_schema_change_is_replaced_at_the_next_tick) {
    core_harness h;
    h.warm_up(1);
    h.on(events::schema_changed{});
    h.advance(usual().tick);
    EXPECT_EQ(h.take(), (words{"connect 1"}));
    h.connected(1);
    EXPECT_EQ(h.take(), (words{"park 1", "close 0 recycle"}));
}

TEST(pool_core, recycle_replaces_before_it_closes_where_there_is_room) {
    core_harness h;
    h.warm_up(1);
    h.on(events::recycle{});
    EXPECT_EQ(h.take(), (words{"connect 1"}));
    h.connected(1);
    EXPECT_EQ(h.take(), (words{"park 1", "close 0 recycle"}));
    EXPECT_EQ(h.take_log(), words{});
}

TEST(pool_core, recycle_of_a_full_pool_goes_one_by_one) {
    pool_settings s = usual();
    s.min_idle = 3;
    core_harness h(s);
    h.warm_up(3);
    h.on(events::recycle{});
    EXPECT_EQ(h.take(), (words{"close 0 recycle"}));
    h.closed(0);
    EXPECT_EQ(h.take(), (words{"connect 0"}));
    h.connected(0);
    EXPECT_EQ(h.take(), (words{"park 0", "close 1 recycle"}));
    h.closed(1);
    h.connected(1);
    h.take();
    h.closed(2);
    h.connected(2);
    const pool_snapshot now = h.core.snapshot(h.now);
    EXPECT_EQ(now.idle, 3u);
    EXPECT_EQ(now.closed.at("recycle"), 3u);
}

TEST(pool_core, recycle_waits_until_the_database_is_back) {
    pool_settings s = usual();
    s.min_idle = 0;
    core_harness h(s);
    h.warm_up(1);
    h.acquire(1);
    h.acquire(2);
    h.connect_failed(1, refused());
    h.release(0);
    h.release(0);
    h.take();
    h.on(events::recycle{}); // what is open is all there is
    EXPECT_EQ(h.take(), words{});
    h.advance(50ms);
    EXPECT_EQ(h.take(), (words{"connect 1"}));
    h.connected(1);
    EXPECT_EQ(h.take(), (words{"park 1", "close 0 recycle"}));
}

TEST(pool_core, recycle_leaves_a_lease_alone_until_it_returns) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.on(events::recycle{});
    h.connected(1);
    h.take();
    h.release(0);
    EXPECT_EQ(h.take(), (words{"close 0 recycle"}));
}

TEST(pool_core, a_new_target_retires_everything_and_forgets_the_old_error) {
    core_harness h;
    h.start();
    h.connect_failed(0, failure("28P01", error_class::unavailable));
    h.take();
    h.on(events::apply{usual(), true});
    EXPECT_EQ(h.take(), (words{"connect 0"}));
    h.acquire(1);
    EXPECT_EQ(h.take(), words{}); // waits for the outcome instead of getting the old error
    h.connected(0);
    EXPECT_EQ(h.take(), (words{"grant 0 to 1"}));
}

TEST(pool_core, a_smaller_size_closes_idle_connections_at_once_and_leases_on_return) {
    core_harness h;
    h.warm_up(3);
    h.acquire(1);
    h.acquire(2);
    h.take();
    pool_settings s = usual();
    s.size = 1;
    h.on(events::apply{s, false});
    EXPECT_EQ(h.take(), (words{"close 0 idle"}));
    h.closed(0);
    h.release(1);
    EXPECT_EQ(h.take(), (words{"close 1 idle"}));
    h.closed(1);
    h.release(2);
    EXPECT_EQ(h.take(), (words{"park 2"}));
}

TEST(pool_core, a_larger_size_serves_those_who_wait) {
    pool_settings s = usual();
    s.size = 1;
    core_harness h(s);
    h.warm_up(1);
    h.acquire(1);
    h.acquire(2);
    h.take();
    h.on(events::apply{usual(), false});
    EXPECT_EQ(h.take(), (words{"connect 1"}));
}
