// Lending, waiting, growing and closing, one transition a test: what the core does, and what it
// says about it.
#include "core_harness.hpp"

using namespace headspace;
using namespace headspace::pool;
using namespace headspace::pool::testing;

TEST(pool_core, a_whole_life) {
    core_harness h;
    h.start();
    EXPECT_EQ(h.take(), (words{"connect 0"}));
    EXPECT_EQ(h.core.state(), pool_state::starting);
    h.connected(0);
    EXPECT_EQ(h.take(), (words{"park 0"}));
    EXPECT_EQ(h.core.state(), pool_state::up);
    h.acquire(1);
    EXPECT_EQ(h.take(), (words{"grant 0 to 1"}));
    h.release(0);
    EXPECT_EQ(h.take(), (words{"park 0"}));
    h.on(events::drain{h.now + 10s});
    EXPECT_EQ(h.take(), (words{"close 0 drain"}));
    EXPECT_EQ(h.core.state(), pool_state::draining);
    h.closed(0);
    EXPECT_EQ(h.core.state(), pool_state::closed);
    EXPECT_EQ(h.take_log(), words{});
}

TEST(pool_core, nothing_is_opened_before_the_start) {
    core_harness h;
    h.acquire(1);
    EXPECT_EQ(h.take(), words{});
    h.start();
    EXPECT_EQ(h.take(), (words{"connect 0"}));
}

TEST(pool_core, waiters_are_served_strictly_in_order) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.acquire(2);
    h.acquire(3);
    h.take();
    h.release(0);
    EXPECT_EQ(h.take(), (words{"grant 0 to 2"}));
    h.acquire(4);
    h.release(0);
    EXPECT_EQ(h.take(), (words{"grant 0 to 3"}));
    h.release(0);
    EXPECT_EQ(h.take(), (words{"grant 0 to 4"}));
}

TEST(pool_core, a_newcomer_never_overtakes_a_waiter) {
    core_harness h;
    h.warm_up(1);
    h.advance(5s); // the idle one must be pinged first
    h.acquire(1);
    h.acquire(2);
    EXPECT_EQ(h.take(), (words{"ping 0", "connect 1"}));
    h.on(events::pinged{h.id(0)});
    EXPECT_EQ(h.take(), (words{"grant 0 to 1"}));
}

TEST(pool_core, the_most_recently_used_connection_is_lent_first) {
    core_harness h;
    h.warm_up(3);
    h.acquire(1);
    h.acquire(2);
    EXPECT_EQ(h.take(), (words{"grant 2 to 1", "grant 1 to 2"}));
    h.release(2);
    h.release(1);
    h.acquire(3);
    EXPECT_EQ(h.take(), (words{"park 2", "park 1", "grant 1 to 3"}));
}

TEST(pool_core, grows_on_demand_with_a_slow_start_up_to_its_size) {
    pool_settings s = usual();
    s.size = 10;
    core_harness h(s);
    h.start();
    for (request_id r = 0; r < 20; ++r)
        h.acquire(r);
    EXPECT_EQ(h.take(), (words{"connect 0"}));
    h.connected(0);
    EXPECT_EQ(h.take().size(), 1u + 2); // a grant, and two connects
    h.connected(1);
    EXPECT_EQ(h.take().size(), 1u + 3); // four in flight
    EXPECT_EQ(h.core.snapshot(h.now).connecting, 4u);
    for (std::uint32_t i = 2; i < 10; ++i)
        h.connected(i);
    EXPECT_EQ(h.core.snapshot(h.now).leased, 10u);
    EXPECT_EQ(h.core.snapshot(h.now).live, 10u);
    EXPECT_EQ(h.core.snapshot(h.now).waiters, 10u);
}

TEST(pool_core, a_closing_connection_counts_until_it_is_closed) {
    pool_settings s = usual();
    s.size = 1;
    core_harness h(s);
    h.warm_up(1);
    h.acquire(1);
    h.acquire(2);
    h.take();
    h.release(0, returned::broken);
    EXPECT_EQ(h.take(), (words{"close 0 broken"}));
    h.advance(1s);
    EXPECT_EQ(h.take(), words{});
    h.closed(0);
    EXPECT_EQ(h.take(), (words{"connect 0"}));
}

TEST(pool_core, connecting_outlives_the_caller_it_was_begun_for) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.acquire(2);
    EXPECT_EQ(h.take(), (words{"grant 0 to 1", "connect 1"}));
    h.on(events::cancel{2});
    EXPECT_EQ(h.take(), (words{"fail 2"}));
    h.connected(1);
    EXPECT_EQ(h.take(), (words{"park 1"}));
}

TEST(pool_core, a_cancelled_waiter_gets_no_connection) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.acquire(2);
    h.acquire(3);
    h.take();
    h.on(events::cancel{2});
    EXPECT_EQ(code_of(h.failed.at(2)), errc::cancelled);
    h.release(0);
    EXPECT_EQ(h.take(), (words{"fail 2", "grant 0 to 3"}));
    h.on(events::cancel{2}); // too late a second time
    EXPECT_EQ(h.take(), words{});
    EXPECT_EQ(h.core.snapshot(h.now).cancelled, 1u);
}

TEST(pool_core, a_deadline_in_the_past_is_met_only_by_a_connection_that_is_ready) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1, 0s);
    h.acquire(2, 0s);
    EXPECT_EQ(h.take(), (words{"grant 0 to 1", "fail 2"}));
}

TEST(pool_core, the_queue_is_bounded) {
    pool_settings s = usual();
    s.max_waiters = 2;
    s.size = 1;
    core_harness h(s);
    h.warm_up(1);
    for (request_id r = 1; r <= 4; ++r)
        h.acquire(r);
    EXPECT_EQ(h.take(), (words{"grant 0 to 1", "fail 4"}));
    EXPECT_EQ(code_of(h.failed.at(4)), errc::pool_queue_full);
    EXPECT_EQ(h.core.snapshot(h.now).queue_full, 1u);
    EXPECT_EQ(h.core.snapshot(h.now).waiters_max, 2u);
}

TEST(pool_core, a_drain_refuses_newcomers_fails_waiters_and_waits_for_leases) {
    core_harness h;
    h.warm_up(2);
    h.acquire(1);
    h.acquire(2);
    h.acquire(3);
    h.take();
    h.on(events::drain{h.now + 10s});
    EXPECT_EQ(h.take(), (words{"fail 3", "close 2 abandoned"}));
    EXPECT_EQ(code_of(h.failed.at(3)), errc::pool_closing);
    h.acquire(4);
    EXPECT_EQ(h.take(), (words{"fail 4"}));
    EXPECT_EQ(code_of(h.failed.at(4)), errc::pool_closing);
    h.release(0, returned::in_transaction);
    EXPECT_EQ(h.take(), (words{"close 0 drain"})); // the server rolls back by itself
    h.advance(8s);
    EXPECT_EQ(h.take(), words{});
    h.advance(1s);
    EXPECT_EQ(h.take(), (words{"close 1 drain cancel"}));
    EXPECT_EQ(h.take_log(),
              (words{"warning lease_killed: lease \"test\" was still out after 9.0 s: "
                     "cancelled and closed"}));
    for (std::uint32_t i = 0; i < 3; ++i)
        h.closed(i);
    EXPECT_EQ(h.core.state(), pool_state::closed);
    h.release(1); // the borrower notices at last
    EXPECT_EQ(h.take(), words{});
}

TEST(pool_core, a_second_drain_only_brings_the_end_forward) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.on(events::drain{h.now + 10s});
    h.take();
    h.on(events::drain{h.now + 60s});
    h.on(events::drain{h.now});
    h.advance(0s);
    EXPECT_EQ(h.take(), (words{"close 0 drain cancel"}));
}

TEST(pool_core, the_serverless_profile_lets_the_server_sleep) {
    pool_settings s = usual();
    s.min_idle = 0;
    core_harness h(s);
    h.start();
    h.connected(0); // once, to verify the start
    h.advance(5min);
    h.take();
    h.on(events::lost{h.id(0), failure("57P01")});
    EXPECT_EQ(h.take(), (words{"close 0 dead_idle"})); // and no new one
    EXPECT_EQ(h.take_log(), (words{"info connection_lost: connection lost: server said 57P01"}));
    EXPECT_EQ(h.core.state(), pool_state::up);
    h.closed(0);
    h.advance(1h);
    EXPECT_EQ(h.take(), words{});
    h.acquire(1);
    EXPECT_EQ(h.take(), (words{"connect 0"}));
}

TEST(pool_core, only_an_answer_counts_as_proof_of_life) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.advance(20s);
    h.release(0); // the borrower asked nothing
    EXPECT_EQ(h.core.snapshot(h.now).last_alive_age, 20s);
    h.acquire(2);
    h.on(events::released{h.id(0), returned::clean, false, false, h.now - 3s});
    EXPECT_EQ(h.core.snapshot(h.now).last_alive_age, 3s);
    h.acquire(3);
    h.on(events::released{h.id(0), returned::clean, false, false, h.now - 10s});
    EXPECT_EQ(h.core.snapshot(h.now).last_alive_age, 3s);
}

TEST(pool_core, the_snapshot_names_leases_and_counts_everything) {
    core_harness h;
    h.warm_up(2);
    h.acquire(1, 30s, on_down::wait, "migrate");
    h.advance(42s);
    h.on(events::pinged{h.id(0)});
    h.acquire(2, 30s, on_down::wait, "a purpose much longer than any small string");
    h.on(events::pinged{h.id(0)});
    const pool_snapshot s = h.core.snapshot(h.now);
    EXPECT_EQ(s.size, 3u);
    EXPECT_EQ(s.leased, 2u);
    ASSERT_EQ(s.leases.size(), 2u);
    EXPECT_EQ(s.leases[0].purpose, "migrate");
    EXPECT_EQ(s.leases[0].age, 42s);
    EXPECT_EQ(s.leases[1].purpose, "a purpose much longer than any small string");
    EXPECT_EQ(s.last_alive_age, 0s);
    EXPECT_EQ(s.connects_ok, 2u);
    EXPECT_EQ(s.closed.size(), close_reasons);
    EXPECT_FALSE(s.last_error);
}
