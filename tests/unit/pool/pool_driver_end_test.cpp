// The driver at its end: loops that die, observers that throw, callers that are cancelled at any
// moment.
#include "pool_driver_fixture.hpp"

using namespace headspace;
using namespace headspace::pool;
using namespace headspace::pool::testing;

TEST(pool_driver_end, an_observer_that_throws_breaks_the_invariants_but_not_the_pool) {
    const auto server = std::make_shared<fake_server>();
    random_jitter jitter{1};
    asio::io_context context;
    pool::pool subject(context.get_executor(), quick(),
                       std::make_shared<fake_connector>(server, context.get_executor()), jitter,
                       [](const log_event&) {});
    subject.on_state_change([](pool_state) { throw std::runtime_error("the observer"); });
    subject.start();
    EXPECT_TRUE(subject.invariants_hold());
    EXPECT_THROW(context.run_for(10s), std::runtime_error);
    EXPECT_FALSE(subject.invariants_hold()) << "or nobody would restart the daemon";
    subject.on_state_change(nullptr);
    {
        const auto l = run_on(context, subject.acquire(patient()));
        EXPECT_TRUE(l) << "it still listens";
    }
    run_on(context, subject.drain(clock::now() + 1s));
    EXPECT_EQ(subject.snapshot().state, pool_state::closed);
    EXPECT_FALSE(subject.invariants_hold()) << "what was broken once is not trusted again";
}

TEST(pool_driver_end, a_sink_that_throws_in_the_middle_of_a_transition_leaves_no_deaf_pool) {
    const auto server = std::make_shared<fake_server>();
    server->connect = fails();
    random_jitter jitter{1};
    asio::io_context context;
    bool armed = true;
    pool::pool subject(context.get_executor(), quick(),
                       std::make_shared<fake_connector>(server, context.get_executor()), jitter,
                       [&](const log_event&) {
                           if (std::exchange(armed, false))
                               throw std::runtime_error("the sink");
                       });
    subject.start();
    EXPECT_THROW(context.run_for(10s), std::runtime_error);
    EXPECT_FALSE(subject.invariants_hold());
    run_on(context, subject.drain(clock::now() + 1s));
    EXPECT_EQ(subject.snapshot().state, pool_state::closed);
}

TEST(pool_driver_end, a_loop_that_dies_with_waiters_and_leases_leaks_nothing) {
    const auto server = std::make_shared<fake_server>();
    random_jitter jitter{1};
    auto context = std::make_unique<asio::io_context>();
    std::vector<lease> held;
    {
        auto subject = std::make_unique<pool::pool>(
            context->get_executor(), quick(),
            std::make_shared<fake_connector>(server, context->get_executor()), jitter,
            [](const log_event&) {});
        subject->start();
        for (int i = 0; i < 2; ++i) {
            auto l = run_on(*context, subject->acquire(patient()));
            ASSERT_TRUE(l);
            held.push_back(std::move(l.value()));
        }
        const auto waits = [&]() -> asio::awaitable<void> {
            const auto l = co_await subject->acquire(patient());
            EXPECT_FALSE(l); // the pool closes first
        };
        asio::co_spawn(*context, waits, asio::detached);
        context->restart();
        context->poll();
        run_on(*context, subject->drain(clock::now()));
    }
    held.clear();
    context.reset();
    EXPECT_TRUE(server->open.empty());
}

// Every operation goes well, fails, is slow or never ends; the caller is cancelled at once, a
// little later, or not at all. All of them at the same time on one loop, each with its own pool.
TEST(pool_driver_matrix, whatever_happens_the_caller_hears_of_it_once_and_nothing_stays_open) {
    const std::vector<behaviour> ways{{}, fails(), slow(3ms), never()};
    const std::vector<duration> cancels{-1ms, 0ms, 2ms, 8ms};
    asio::io_context context;
    random_jitter jitter{1};
    int ended = 0;
    int expected = 0;

    const auto live = [&](behaviour connect, behaviour ping, behaviour reset,
                          duration cancel_after) -> asio::awaitable<void> {
        const auto server = std::make_shared<fake_server>();
        server->next_connects = {connect};
        server->ping = ping;
        server->reset = reset;
        pool_settings s = quick();
        s.size = 1;
        s.ping_after = 0s;
        s.ping_timeout = s.reset_timeout = s.connect_timeout = s.close_timeout = 10ms;
        pool::pool subject(context.get_executor(), s,
                           std::make_shared<fake_connector>(server, context.get_executor()), jitter,
                           [](const log_event& e) { EXPECT_NE(e.level, log_level::critical); });
        subject.start();
        for (int round = 0; round < 3; ++round) {
            asio::cancellation_signal signal;
            int outcomes = 0;
            asio::steady_timer over(context, time_point::max());
            asio::co_spawn(context, subject.acquire(patient("matrix", 200ms)),
                           asio::bind_cancellation_slot(
                               signal.slot(), [&](std::exception_ptr, result<lease> l) {
                                   ++outcomes;
                                   if (l) {
                                       static_cast<fake_session&>(**l).state =
                                           pg::transaction_status::in_transaction;
                                       l.value().mark_dirty();
                                   }
                                   over.cancel();
                               }));
            if (cancel_after >= 0ms) {
                asio::steady_timer timer(context, cancel_after);
                co_await timer.async_wait(as_result);
                signal.emit(asio::cancellation_type::terminal);
            }
            while (outcomes == 0)
                co_await over.async_wait(as_result);
            EXPECT_EQ(outcomes, 1);
            EXPECT_TRUE(subject.invariants_hold());
        }
        server->ping = server->reset = {};
        auto after = co_await subject.acquire(patient("after"));
        EXPECT_TRUE(after);
        after = make_error(errc::cancelled, error_class::refuse, "returned");
        co_await subject.drain(clock::now() + 100ms);
        EXPECT_EQ(subject.snapshot().live, 0u);
        EXPECT_TRUE(server->open.empty());
        EXPECT_EQ(server->misuse, std::vector<std::string>{});
        ++ended;
    };
    for (const behaviour& connect : ways)
        for (const behaviour& ping : ways)
            for (const behaviour& reset : ways)
                for (const duration cancel_after : cancels) {
                    ++expected;
                    asio::co_spawn(context, live(connect, ping, reset, cancel_after),
                                   [](std::exception_ptr e) {
                                       if (e)
                                           std::rethrow_exception(e);
                                   });
                }
    context.run_for(30s);
    EXPECT_EQ(ended, expected);
}
