#include "io/with_deadline.hpp"
#include "support/run_on.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <gtest/gtest.h>

using namespace headspace;
using namespace std::chrono_literals;

namespace {

constexpr auto past = time_point::min();

asio::awaitable<error_code> wait_for_timer(asio::steady_timer& timer, time_point until) {
    auto [ec] = co_await io::with_deadline(timer.async_wait(asio::deferred), until);
    co_return ec;
}

asio::awaitable<result<int>> endless() {
    asio::steady_timer timer(co_await asio::this_coro::executor, time_point::max());
    auto [ec] = co_await timer.async_wait(as_result);
    if (ec)
        co_return make_error(errc::cancelled, error_class::retry, "stopped");
    co_return 1;
}

asio::awaitable<result<int>> endless_that_throws() {
    asio::steady_timer timer(co_await asio::this_coro::executor, time_point::max());
    co_await timer.async_wait(asio::use_awaitable);
    co_return 1;
}

asio::awaitable<result<int>> quick(int value) {
    co_return value;
}

} // namespace

TEST(with_deadline, an_operation_that_ends_in_time_keeps_its_outcome) {
    asio::io_context context;
    asio::steady_timer timer(context, past);
    EXPECT_FALSE(test::run_on(context, wait_for_timer(timer, time_point::max())));
    EXPECT_FALSE(test::run_on(context, wait_for_timer(timer, clock::now() + 1h)));
}

TEST(with_deadline, an_operation_that_outlasts_its_deadline_is_timed_out) {
    asio::io_context context;
    asio::steady_timer timer(context, time_point::max());
    EXPECT_EQ(test::run_on(context, wait_for_timer(timer, past)), make_error_code(errc::timed_out));
}

TEST(with_deadline, an_operation_aborted_from_elsewhere_is_not_a_timeout) {
    asio::io_context context;
    asio::steady_timer timer(context, time_point::max());
    asio::post(context, [&] { // twice: the wait begins in between
        asio::post(context, [&] { timer.cancel(); });
    });
    EXPECT_EQ(test::run_on(context, wait_for_timer(timer, clock::now() + 1h)),
              asio::error::operation_aborted);
}

TEST(with_deadline, a_cancelled_coroutine_gets_aborted_and_starts_nothing_new) {
    asio::io_context context;
    asio::steady_timer timer(context, time_point::max());
    asio::cancellation_signal stop;
    error_code first, second;
    auto body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        first = co_await wait_for_timer(timer, clock::now() + 1h);
        second = co_await wait_for_timer(timer, clock::now() + 1h);
    };
    asio::co_spawn(context, body, asio::bind_cancellation_slot(stop.slot(), asio::detached));
    asio::post(context, [&] { stop.emit(asio::cancellation_type::terminal); });
    context.run_for(5s);
    EXPECT_EQ(first, asio::error::operation_aborted);
    EXPECT_EQ(second, asio::error::operation_aborted);
}

TEST(with_deadline, bytes_and_count_come_through) {
    asio::io_context context;
    asio::local::stream_protocol::socket a(context), b(context);
    asio::local::connect_pair(a, b);
    auto body = [&]() -> asio::awaitable<std::size_t> {
        co_await a.async_write_some(asio::buffer("four", 4), asio::use_awaitable);
        char text[16];
        auto [ec, n] = co_await io::with_deadline<std::size_t>(
            b.async_read_some(asio::buffer(text), asio::deferred), clock::now() + 1h);
        EXPECT_FALSE(ec);
        co_return n;
    };
    EXPECT_EQ(test::run_on(context, body()), 4U);
}

TEST(with_deadline, a_coroutine_that_outlasts_its_deadline_is_named) {
    asio::io_context context;
    for (bool throws : {false, true}) {
        auto outcome =
            test::run_on(context, io::with_deadline(throws ? endless_that_throws() : endless(),
                                                    past, "the lookup"));
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, make_error_code(errc::timed_out));
        EXPECT_EQ(outcome.error().message, "the lookup took longer than its limit");
    }
}

TEST(with_deadline, a_coroutine_that_ends_in_time_gives_its_value) {
    asio::io_context context;
    EXPECT_EQ(
        test::run_on(context, io::with_deadline(quick(7), clock::now() + 1h, "nothing")).value(),
        7);
    EXPECT_EQ(
        test::run_on(context, io::with_deadline(quick(8), time_point::max(), "nothing")).value(),
        8);
}
