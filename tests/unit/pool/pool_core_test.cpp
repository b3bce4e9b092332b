// One transition a test: what the core does, and what it says about it.
#include "core_harness.hpp"

using namespace headspace;
using namespace headspace::pool;
using namespace headspace::pool::testing;

namespace {

errc code_of(const error& e) {
    return static_cast<errc>(e.code.value());
}

} // namespace

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

TEST(pool_core, a_connection_idle_for_long_is_pinged_before_it_is_lent) {
    core_harness h;
    h.warm_up(1);
    h.advance(999ms);
    h.acquire(1);
    EXPECT_EQ(h.take(), (words{"grant 0 to 1"}));
    h.release(0);
    h.advance(1s);
    h.take();
    h.acquire(2);
    EXPECT_EQ(h.take(), (words{"ping 0"}));
    h.on(events::pinged{h.id(0)});
    EXPECT_EQ(h.take(), (words{"grant 0 to 2"}));
}

TEST(pool_core, without_pre_ping_nothing_is_pinged) {
    pool_settings s = usual();
    s.pre_ping = false;
    core_harness h(s);
    h.warm_up(1);
    h.advance(500s);
    h.take();
    h.acquire(1);
    EXPECT_EQ(h.take(), (words{"grant 0 to 1"}));
}

TEST(pool_core, a_connection_that_comes_back_first_serves_the_one_who_waits_for_a_ping) {
    core_harness h;
    h.warm_up(2);
    h.acquire(1);
    h.advance(5s);
    h.acquire(2);
    EXPECT_EQ(h.take(), (words{"grant 1 to 1", "ping 0"}));
    h.release(1);
    EXPECT_EQ(h.take(), (words{"grant 1 to 2"}));
    h.on(events::pinged{h.id(0)});
    EXPECT_EQ(h.take(), (words{"park 0"}));
}

TEST(pool_core, a_failed_ping_retires_the_whole_generation_and_delays_nobody) {
    core_harness h;
    h.warm_up(3);
    h.advance(20s);
    h.acquire(1);
    EXPECT_EQ(h.take(), (words{"ping 2"}));
    h.on(events::ping_failed{h.id(2), failure("")});
    EXPECT_EQ(h.take(), (words{"close 2 ping", "close 0 generation", "close 1 generation"}));
    EXPECT_EQ(h.take_log(), (words{"info connection_lost: connection lost: server said "}));
    h.closed(2);
    EXPECT_EQ(h.take(), (words{"connect 2"}));
    h.connected(2);
    EXPECT_EQ(h.take(), (words{"grant 2 to 1"}));
    EXPECT_EQ(h.core.snapshot(h.now).generation, 2u);
}

TEST(pool_core, a_lease_of_an_older_generation_is_closed_on_return) {
    core_harness h;
    h.warm_up(2);
    h.acquire(1);
    h.advance(20s);
    h.acquire(2);
    h.on(events::ping_failed{h.id(0), failure("")});
    h.take();
    h.release(1);
    EXPECT_EQ(h.take(), (words{"close 1 generation"}));
}

TEST(pool_core, two_failed_pings_of_one_generation_retire_it_once) {
    core_harness h;
    h.warm_up(2);
    h.advance(20s);
    h.acquire(1);
    h.acquire(2);
    EXPECT_EQ(h.take(), (words{"ping 1", "ping 0"}));
    h.on(events::ping_failed{h.id(1), failure("")});
    h.closed(1);
    h.on(events::ping_failed{h.id(0), failure("")});
    EXPECT_EQ(h.core.snapshot(h.now).generation, 2u);
}

TEST(pool_core, the_death_of_an_idle_connection_is_noticed_at_once) {
    core_harness h;
    h.warm_up(1);
    h.advance(20s);
    h.on(events::lost{h.id(0), failure("57P01")});
    EXPECT_EQ(h.take(), (words{"close 0 dead_idle", "connect 1"}));
    EXPECT_EQ(h.take_log(), (words{"info connection_lost: connection lost: server said 57P01"}));
    EXPECT_EQ(h.events[0].fields, (std::vector<std::pair<std::string, std::string>>{
                                      {"HOST", "db"}, {"PORT", "5432"}, {"SQLSTATE", "57P01"}}));
}

TEST(pool_core, many_that_die_together_are_one_line_and_a_number) {
    core_harness h;
    h.warm_up(3);
    h.advance(20s);
    for (std::uint32_t i = 0; i < 3; ++i)
        h.on(events::lost{h.id(i), failure("57P01")});
    EXPECT_EQ(h.take_log().size(), 1u);
    h.closed(0);
    h.closed(1);
    h.closed(2);
    h.connect_failed(0, refused());
    EXPECT_EQ(h.take_log(),
              (words{"warning pool_down: database unavailable: Connection refused (db:5432) "
                     "(08001): is PostgreSQL running there?; 2 more connections were lost; next "
                     "attempt in 50 ms"}));
}

TEST(pool_core, an_idle_session_timeout_is_neither_worth_a_line_nor_a_delay) {
    core_harness h;
    h.warm_up(1);
    for (int i = 0; i < 5; ++i) { // however short it is
        const std::uint32_t ended = h.last_connect;
        h.on(events::lost{h.id(ended), failure("57P05")});
        h.closed(ended);
        ASSERT_EQ(h.core.snapshot(h.now).connecting, 1u);
        h.connected(h.last_connect);
    }
    for (const log_event& e : h.events)
        EXPECT_EQ(e.level, log_level::debug);
    EXPECT_EQ(h.core.state(), pool_state::up);
}

TEST(pool_core, one_young_death_delays_a_health_check_but_does_not_fail_it) {
    core_harness h;
    h.warm_up(1);
    h.on(events::lost{h.id(0), failure("57P01")}); // terminated just after the start
    h.closed(0);
    h.take();
    h.acquire(1, 5s, on_down::fail_fast);
    EXPECT_EQ(h.take(), words{});
    h.advance(50ms);
    EXPECT_EQ(h.take(), (words{"connect 0"}));
    h.connected(0);
    EXPECT_EQ(h.take(), (words{"grant 0 to 1"}));
}

TEST(pool_core, a_loss_that_names_itself_is_not_named_twice) {
    core_harness h;
    h.warm_up(1);
    h.on(events::lost{h.id(0), make_error(errc::connection_lost, error_class::retry,
                                          "connection lost: restarting (db:5432)")});
    EXPECT_EQ(h.take_log(), (words{"info connection_lost: connection lost: restarting (db:5432)"}));
}

TEST(pool_core, late_completions_of_an_earlier_life_are_ignored) {
    core_harness h;
    h.warm_up(1);
    const slot_id idle = h.id(0);
    h.acquire(1);
    h.take();
    h.on(events::lost{idle, failure("57P01")});
    h.on(events::pinged{idle});
    h.on(events::connected{idle});
    h.on(events::connect_failed{idle, refused()});
    h.on(events::reset_done{idle});
    h.on(events::closed{idle});
    h.on(events::closed{{77, 1}});
    EXPECT_EQ(h.take(), words{});
    h.release(0);
    h.on(events::released{h.granted[1], returned::clean}); // a second time
    EXPECT_EQ(h.take(), (words{"park 0"}));
}

TEST(pool_core, a_lease_returned_in_a_transaction_is_rolled_back_and_named) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1, 30s, on_down::wait, "report");
    h.take();
    h.release(0, returned::in_transaction);
    EXPECT_EQ(h.take(), (words{"reset 0 rollback"}));
    EXPECT_EQ(h.take_log(), (words{"warning rollback_on_return: lease \"report\" was returned with "
                                   "a transaction open: rolled back"}));
    h.on(events::reset_done{h.id(0)});
    EXPECT_EQ(h.take(), (words{"park 0"}));
    EXPECT_EQ(h.core.snapshot(h.now).rollbacks_on_return, 1u);
}

TEST(pool_core, a_dirty_lease_is_discarded_before_anyone_else_gets_it) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1);
    h.take();
    h.release(0, returned::clean, true);
    EXPECT_EQ(h.take(), (words{"reset 0 discard"}));
    h.acquire(2);
    EXPECT_EQ(h.take(), (words{"connect 1"}));
    h.on(events::reset_done{h.id(0)});
    EXPECT_EQ(h.take(), (words{"grant 0 to 2"}));
    h.release(0, returned::in_transaction, true);
    EXPECT_EQ(h.take(), (words{"reset 0 rollback discard"}));
}

TEST(pool_core, every_lease_is_discarded_when_the_settings_say_so) {
    pool_settings s = usual();
    s.reset_always = true;
    core_harness h(s);
    h.start();
    h.connected(0);
    h.acquire(1);
    h.take();
    h.release(0);
    EXPECT_EQ(h.take(), (words{"reset 0 discard"}));
}

TEST(pool_core, a_failed_reset_closes_the_connection) {
    core_harness h;
    h.warm_up(1);
    h.advance(20s);
    h.acquire(1);
    h.on(events::pinged{h.id(0)});
    h.release(0, returned::clean, true);
    h.take();
    h.on(events::reset_failed{h.id(0), failure("")});
    EXPECT_EQ(h.take(), (words{"close 0 reset_failed", "connect 1"}));
}

TEST(pool_core, a_lease_returned_in_the_middle_of_a_statement_is_closed) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1, 30s, on_down::wait, "export");
    h.take();
    h.release(0, returned::busy);
    EXPECT_EQ(h.take(), (words{"close 0 dirty", "connect 1"}));
    EXPECT_EQ(h.take_log(), (words{"warning returned_busy: lease \"export\" was returned in the "
                                   "middle of a statement: closed"}));
}

TEST(pool_core, a_connection_lost_in_use_is_a_warning_with_its_borrower) {
    core_harness h;
    h.warm_up(1);
    h.advance(20s);
    h.acquire(1, 30s, on_down::wait, "migrate");
    h.on(events::pinged{h.id(0)});
    h.release(0, returned::broken);
    EXPECT_EQ(h.take_log(),
              (words{"warning connection_lost: connection lost while \"migrate\" used it"}));
}

TEST(pool_core, after_a_death_the_others_are_pinged_however_fresh_they_are) {
    core_harness h;
    h.warm_up(2);
    h.take();
    h.on(events::lost{h.id(1), failure("57P01")});
    h.closed(1);
    h.take();
    h.acquire(1, 30s, on_down::wait, "next");
    EXPECT_EQ(h.take(), (words{"ping 0"}));
    h.on(events::pinged{h.id(0)});
    EXPECT_EQ(h.take(), (words{"grant 0 to 1"}));
    h.advance(1ms);
    h.release(0);
    h.acquire(2, 30s, on_down::wait, "fresh again");
    EXPECT_EQ(h.take(), (words{"park 0", "grant 0 to 2"}));
}

TEST(pool_core, a_connection_lost_in_use_is_said_with_its_reason) {
    core_harness h;
    h.warm_up(1);
    h.acquire(1, 30s, on_down::wait, "export");
    h.take();
    h.take_log();
    events::released broken{h.id(0), returned::broken};
    broken.cause = make_error(errc::timed_out, error_class::retry, "no reply for 5.0 s (db:5432)",
                              "backend pid 7 may still run the statement");
    h.on(broken);
    EXPECT_EQ(h.take_log(),
              (words{"warning connection_lost: connection lost while \"export\" used it: no reply "
                     "for 5.0 s (db:5432): backend pid 7 may still run the statement"}));
}

TEST(pool_core, a_server_that_became_read_only_loses_the_whole_generation) {
    core_harness h;
    h.warm_up(3);
    h.acquire(1);
    h.take();
    h.release(2, returned::clean, false, true);
    EXPECT_EQ(h.take(), (words{"close 0 generation", "close 1 generation", "close 2 generation"}));
    EXPECT_EQ(h.take_log().size(), 1u);
    h.closed(0);
    EXPECT_EQ(h.take(), (words{"connect 0"}));
}

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
                                   "connections, 1 are open: server said 53300"}));
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
    EXPECT_EQ(h.take(), (words{"close 0 generation", "connect 1"}));
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

TEST(pool_core, a_drain_refuses_newcomers_fails_waiters_and_waits_for_leases) {
    core_harness h;
    h.warm_up(2);
    h.acquire(1);
    h.acquire(2);
    h.acquire(3);
    h.take();
    h.on(events::drain{h.now + 10s});
    EXPECT_EQ(h.take(), (words{"fail 3", "close 2 drain"}));
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
