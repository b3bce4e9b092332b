// The driver with sessions that do what they are told.
#include "pool_driver_fixture.hpp"

#include <thread>

using namespace headspace;
using namespace headspace::pool;
using namespace headspace::pool::testing;

TEST_F(pool_driver, lends_and_takes_back) {
    warm_up();
    lease l = take("report");
    ASSERT_TRUE(l);
    EXPECT_EQ(l->facts().host, "fake");
    ASSERT_EQ(subject->snapshot().leases.size(), 1u);
    EXPECT_EQ(subject->snapshot().leases[0].purpose, "report");
    give_back(l);
    give_back(l); // does nothing
    EXPECT_FALSE(l);
    EXPECT_EQ(subject->snapshot().idle, 1u);
    EXPECT_EQ(server->connects, 1);
}

TEST_F(pool_driver, a_lease_moves_and_returns_once) {
    warm_up();
    {
        lease a = take();
        lease b = std::move(a);
        EXPECT_FALSE(a); // NOLINT: what a moved-from lease is, is promised
        a = std::move(b);
        EXPECT_EQ(subject->snapshot().leased, 1u);
    }
    settle();
    EXPECT_EQ(subject->snapshot().idle, 1u);
}

TEST_F(pool_driver, the_first_outcome_is_the_error_when_connecting_fails) {
    server->connect = fails();
    open();
    const auto outcome = run_on(context, subject->first_outcome());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().sqlstate, "08001");
    EXPECT_EQ(subject->snapshot().state, pool_state::down);
    server->connect = {};
    EXPECT_TRUE(take()); // it reconnects by itself
    EXPECT_EQ(logged("pool_up"), 1);
}

TEST_F(pool_driver, the_first_outcome_ends_with_the_pool) {
    server->connect = never();
    open();
    std::optional<result<void>> outcome;
    asio::co_spawn(context, subject->first_outcome(),
                   [&](std::exception_ptr, result<void> r) { outcome = std::move(r); });
    settle();
    run_on(context, subject->drain(clock::now() + 10ms));
    run_until([&] { return outcome.has_value(); });
    EXPECT_EQ(code_of(outcome->error()), errc::pool_closing);
}

TEST_F(pool_driver, waiters_get_their_connections_in_order) {
    warm_up();
    std::vector<lease> held;
    held.push_back(take());
    held.push_back(take());
    std::vector<int> order;
    for (int i = 0; i < 5; ++i)
        asio::co_spawn(context, subject->acquire(patient()),
                       [&, i](std::exception_ptr, result<lease> l) {
                           ASSERT_TRUE(l);
                           order.push_back(i);
                       });
    settle();
    EXPECT_EQ(subject->snapshot().waiters, 5u);
    held.pop_back();
    run_until([&] { return order.size() == 5; });
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_F(pool_driver, a_waiter_times_out_at_its_deadline) {
    warm_up();
    const lease a = take();
    const lease b = take();
    const auto began = clock::now();
    const auto outcome = run_on(context, subject->acquire(patient("late", 30ms)));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(code_of(outcome.error()), errc::pool_exhausted);
    EXPECT_GE(clock::now() - began, 30ms);
}

TEST_F(pool_driver, cancelling_a_coroutine_takes_its_request_out_of_the_queue) {
    warm_up();
    const lease a = take();
    const lease b = take();
    asio::cancellation_signal signal;
    std::optional<result<lease>> outcome;
    asio::co_spawn(
        context, subject->acquire(patient()),
        asio::bind_cancellation_slot(
            signal.slot(), [&](std::exception_ptr, result<lease> l) { outcome = std::move(l); }));
    settle();
    EXPECT_EQ(subject->snapshot().waiters, 1u);
    signal.emit(asio::cancellation_type::terminal);
    settle();
    EXPECT_EQ(subject->snapshot().waiters, 0u);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(code_of(outcome->error()), errc::cancelled);
    signal.emit(asio::cancellation_type::terminal);
    settle();
    EXPECT_EQ(subject->snapshot().cancelled, 1u);
}

TEST_F(pool_driver, a_late_cancellation_does_not_hit_the_next_request) {
    warm_up();
    lease a = take();
    lease b = take();
    asio::cancellation_signal signal;
    std::optional<lease> first;
    std::optional<result<lease>> second;
    asio::co_spawn(
        context, subject->acquire(patient()),
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, result<lease> l) {
            first = std::move(l.value());
        }));
    settle();
    a.release();
    settle();
    ASSERT_TRUE(first);
    asio::co_spawn(context, subject->acquire(patient()),
                   [&](std::exception_ptr, result<lease> l) { second = std::move(l); });
    settle();
    signal.emit(asio::cancellation_type::terminal);
    settle();
    EXPECT_FALSE(second);
    EXPECT_EQ(subject->snapshot().waiters, 1u);
    b.release();
    run_until([&] { return second.has_value(); });
    EXPECT_TRUE(*second);
}

TEST_F(pool_driver, a_grant_that_nobody_receives_goes_to_the_next_waiter) {
    warm_up();
    lease a = take();
    lease b = take();
    asio::cancellation_signal signal;
    bool used = false;
    std::optional<result<lease>> next;
    // Gets the lease in the moment in which it is cancelled, and throws before it can use it.
    const auto doomed = [&]() -> asio::awaitable<void> {
        auto l = co_await subject->acquire(patient());
        co_await asio::post(context, asio::use_awaitable);
        used = static_cast<bool>(l);
    };
    asio::co_spawn(context, doomed,
                   asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
    asio::co_spawn(context, subject->acquire(patient()),
                   [&](std::exception_ptr, result<lease> l) { next = std::move(l); });
    settle();
    a.release(); // granted to the first
    signal.emit(asio::cancellation_type::terminal);
    run_until([&] { return next.has_value(); });
    EXPECT_TRUE(*next);
    EXPECT_FALSE(used);
}

TEST_F(pool_driver, a_lease_may_be_released_by_another_thread) {
    warm_up();
    lease l = take();
    const auto work = asio::make_work_guard(context);
    std::thread other([moved = std::move(l)]() mutable { moved.release(); });
    other.join();
    EXPECT_EQ(subject->snapshot().leased, 1u); // posted, not done there
    settle();
    EXPECT_EQ(subject->snapshot().idle, 1u);
}

TEST_F(pool_driver, a_warm_connection_is_lent_without_going_through_the_loop) {
    warm_up();
    int steps = 0;
    bool done = false;
    const auto use = [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 100; ++i) {
            const auto l = co_await subject->acquire(patient());
            steps += static_cast<bool>(l);
        }
        done = true;
    };
    asio::co_spawn(context, use, asio::detached);
    context.restart();
    EXPECT_LE(context.poll(), 2u);
    EXPECT_TRUE(done);
    EXPECT_EQ(steps, 100);
    EXPECT_EQ(server->connects, 1);
}

TEST_F(pool_driver, what_is_returned_is_brought_back_to_its_first_state) {
    warm_up();
    lease l = take();
    static_cast<fake_session&>(*l).state = pg::transaction_status::in_error;
    l.mark_dirty();
    l.release();
    run_until([&] { return subject->snapshot().idle == 1; });
    EXPECT_EQ(server->resets, 1);
    EXPECT_EQ(server->discards, 1);
    l = take();
    static_cast<fake_session&>(*l).state = pg::transaction_status::active;
    l.release();
    run_until([&] { return subject->snapshot().idle == 1; });
    EXPECT_EQ(subject->snapshot().closed.at("dirty"), 1u);
    l = take();
    static_cast<fake_session&>(*l).dead = true;
    give_back(l);
    EXPECT_EQ(subject->snapshot().closed.at("broken"), 1u);
}

TEST_F(pool_driver, a_lease_can_say_that_the_server_is_the_wrong_one) {
    warm_up();
    lease l = take();
    const std::uint64_t before = subject->snapshot().generation;
    l.mark_wrong_server();
    give_back(l);
    EXPECT_EQ(subject->snapshot().generation, before + 1);
    EXPECT_EQ(subject->snapshot().closed.at("generation"), 1u);
}

TEST_F(pool_driver, the_end_of_an_idle_connection_is_noticed_and_mended) {
    warm_up();
    error why = make_error(errc::connection_lost, error_class::retry, "terminated");
    why.sqlstate = "57P01";
    (*server->open.begin())->end(why);
    run_until([&] { return server->connects == 2 && subject->snapshot().idle == 1; });
    EXPECT_EQ(subject->snapshot().closed.at("dead_idle"), 1u);
    EXPECT_EQ(logged("connection_lost"), 1);
}

TEST_F(pool_driver, a_borrowed_connection_is_not_watched) {
    warm_up();
    lease l = take();
    static_cast<fake_session&>(*l).end(make_error(errc::connection_lost, error_class::retry, "x"));
    settle();
    EXPECT_EQ(subject->snapshot().leased, 1u);
    give_back(l);
    EXPECT_EQ(subject->snapshot().closed.at("broken"), 1u);
}

TEST_F(pool_driver, a_stale_connection_is_pinged_and_a_dead_one_replaced) {
    pool_settings s = quick();
    s.ping_after = 0s;
    warm_up(s);
    EXPECT_TRUE(take());
    EXPECT_EQ(server->pings, 1);
    server->ping = fails();
    EXPECT_TRUE(take());
    EXPECT_EQ(server->connects, 2);
    EXPECT_EQ(subject->snapshot().closed.at("ping"), 1u);
}

TEST_F(pool_driver, states_are_announced_as_they_change) {
    std::vector<pool_state> states;
    open();
    subject->on_state_change([&](pool_state s) { states.push_back(s); });
    run_on(context, subject->first_outcome());
    server->connect = fails();
    subject->reconnect();
    run_until([&] { return states.size() == 2; });
    server->connect = {};
    run_until([&] { return states.size() == 3; });
    run_on(context, subject->drain(clock::now() + 10ms));
    EXPECT_EQ(states, (std::vector<pool_state>{pool_state::up, pool_state::down, pool_state::up,
                                               pool_state::draining, pool_state::closed}));
}

TEST_F(pool_driver, an_observer_may_use_the_pool) {
    open();
    std::optional<result<lease>> got;
    subject->on_state_change([&](pool_state s) {
        if (s == pool_state::up)
            asio::co_spawn(context, subject->acquire(patient()),
                           [&](std::exception_ptr, result<lease> l) { got = std::move(l); });
        subject->recycle();
    });
    run_until([&] { return got.has_value(); });
    EXPECT_TRUE(*got);
    subject->on_state_change(nullptr);
}

TEST_F(pool_driver, a_drain_cancels_what_is_still_running_and_leaves_nothing_open) {
    warm_up();
    lease l = take();
    const auto began = clock::now();
    run_on(context, subject->drain(began + 50ms));
    EXPECT_LT(clock::now() - began, 8s);
    EXPECT_EQ(server->cancels, 1);
    EXPECT_TRUE(server->open.empty());
    EXPECT_EQ(subject->snapshot().state, pool_state::closed);
    EXPECT_TRUE(l->broken()); // still there for its borrower
    const auto refused = run_on(context, subject->acquire(patient()));
    EXPECT_EQ(code_of(refused.error()), errc::pool_closing);
    l.release();
}

TEST_F(pool_driver, a_drain_ends_as_soon_as_the_last_lease_is_back) {
    warm_up();
    std::optional<lease> l = take();
    asio::steady_timer timer(context, 10ms);
    timer.async_wait([&](error_code) { l.reset(); });
    const auto began = clock::now();
    run_on(context, subject->drain(began + 10s));
    EXPECT_LT(clock::now() - began, 5s);
    EXPECT_EQ(server->cancels, 0);
}

TEST_F(pool_driver, two_may_wait_for_the_same_drain) {
    warm_up();
    bool first = false;
    asio::co_spawn(context, subject->drain(clock::now() + 10s),
                   [&](std::exception_ptr) { first = true; });
    run_on(context, subject->drain(clock::now() + 10s));
    EXPECT_EQ(subject->snapshot().state, pool_state::closed);
    run_until([&] { return first; });
    EXPECT_TRUE(first);
    EXPECT_TRUE(server->open.empty());
    EXPECT_EQ(server->cancels, 0);
}

TEST_F(pool_driver, operations_that_ignore_everything_do_not_hold_up_a_drain) {
    pool_settings s = quick();
    s.ping_after = 0s;
    s.close_timeout = 10ms;
    warm_up(s);
    server->ping = deaf();
    server->connect = deaf();
    server->cancel = deaf();
    asio::co_spawn(context, subject->acquire(patient()), asio::detached);
    asio::co_spawn(context, subject->acquire(patient()), asio::detached);
    settle();
    EXPECT_EQ(subject->snapshot().pinging, 1u);
    EXPECT_EQ(subject->snapshot().connecting, 1u);
    const auto began = clock::now();
    run_on(context, subject->drain(began + 20ms));
    EXPECT_LT(clock::now() - began, 8s);
}

TEST_F(pool_driver, an_operation_that_throws_is_one_that_failed) {
    server->next_connects = {throws(), throws()};
    open();
    const auto outcome = run_on(context, subject->first_outcome());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().message, "connecting: the fake was told to throw");
    run_until([&] { return subject->snapshot().state == pool_state::up; });
    EXPECT_EQ(server->connects, 3);
}

TEST_F(pool_driver, a_new_connector_replaces_the_old_server) {
    warm_up();
    const auto other = std::make_shared<fake_server>();
    const lease l = take();
    subject->apply(quick(), std::make_shared<fake_connector>(other, context.get_executor()));
    run_until([&] { return other->connects == 1; });
    const lease fresh = take();
    EXPECT_EQ(other->open.size(), 1u);
    EXPECT_EQ(server->open.size(), 1u); // the lease, until it returns
}

TEST_F(pool_driver, what_a_borrower_heard_proves_that_the_server_lives) {
    warm_up();
    lease l = take();
    const time_point later = clock::now() + 1h; // so that it cannot be the connect
    static_cast<fake_session&>(*l).answered = later;
    give_back(l);
    EXPECT_LT(*subject->snapshot().last_alive_age, 0s);
}

TEST_F(pool_driver, never_more_connections_than_allowed_under_load) {
    pool_settings s = quick();
    s.size = 3;
    warm_up(s);
    int done = 0;
    const auto client = [&](int n) -> asio::awaitable<void> {
        asio::steady_timer timer(context);
        for (int i = 0; i < 20; ++i) {
            auto l = co_await subject->acquire(patient());
            EXPECT_TRUE(l);
            if (n % 3 == 0)
                l->mark_dirty();
            if (n % 5 == 0 && i % 7 == 0)
                static_cast<fake_session&>(**l).dead = true;
            timer.expires_after(std::chrono::microseconds(50 * (n % 4)));
            co_await timer.async_wait(as_result);
        }
        ++done;
    };
    for (int n = 0; n < 20; ++n)
        asio::co_spawn(context, client(n), asio::detached);
    run_until([&] { return done == 20; });
    EXPECT_EQ(server->most_open, 3);
    EXPECT_EQ(subject->snapshot().acquires, 400u);
}
