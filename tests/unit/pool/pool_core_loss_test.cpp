// Pings, connections that die, and what comes back from its borrower: one transition a test.
#include "core_harness.hpp"

using namespace headspace;
using namespace headspace::pool;
using namespace headspace::pool::testing;

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

TEST(pool_core, two_that_die_together_are_one_line_and_one_more) {
    core_harness h;
    h.warm_up(2);
    h.advance(20s);
    for (std::uint32_t i = 0; i < 2; ++i)
        h.on(events::lost{h.id(i), failure("57P01")});
    (void)h.take_log();
    h.closed(0);
    h.closed(1);
    h.connect_failed(h.last_connect, refused());
    ASSERT_EQ(h.take_log().size(), 1u);
    EXPECT_NE(h.events.back().message.find("; 1 more connection was lost; next"), std::string::npos)
        << h.events.back().message;
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
