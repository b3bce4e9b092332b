// Deadlines for Asio operations: the one place where "the timer won" becomes errc::timed_out
// (Boost 1.81 has no cancel_after). Knows nothing of what it waits for.
#pragma once

#include "base/time.hpp"
#include "io/asio.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <string>
#include <tuple>
#include <utility>

namespace headspace::io {

/// True while the calling coroutine has not been cancelled. An operation that is started afterwards
/// would never hear of the cancellation, so it must not be started.
inline asio::awaitable<bool> still_wanted() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() == asio::cancellation_type::none;
}

/// `operation` was cut off by the timer only when it was aborted *and* the timer really expired:
/// one that succeeded in the same moment keeps its outcome, an abort from outside stays one.
inline bool lost_to_timer(error_code operation, error_code timer) noexcept {
    return operation == asio::error::operation_aborted && !timer;
}

/// Awaits an Asio operation, given as `x.async_foo(..., asio::deferred)`, until `until` at the
/// latest (time_point::max(): for ever). Values are what it gives after its error_code:
/// `auto [ec, n] = co_await with_deadline<std::size_t>(...)`. The error_code is errc::timed_out
/// when the time was up, operation_aborted when the coroutine was cancelled, also when it was so
/// before.
template<class... Values, class Operation>
asio::awaitable<std::tuple<error_code, Values...>> with_deadline(Operation operation,
                                                                 time_point until) {
    using outcome = std::tuple<error_code, Values...>;
    const bool wanted = co_await still_wanted();
    if (!wanted)
        co_return outcome{asio::error::operation_aborted, Values{}...};
    if (until == time_point::max()) {
        outcome alone = co_await std::move(operation)(as_result);
        co_return alone;
    }
    asio::steady_timer timer(co_await asio::this_coro::executor, until);
    auto group = asio::experimental::make_parallel_group(std::move(operation),
                                                         timer.async_wait(asio::deferred));
    auto all = co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    co_return std::apply(
        [](auto /*order*/, error_code ec, Values... values, error_code expired) {
            if (lost_to_timer(ec, expired))
                ec = make_error_code(errc::timed_out);
            return outcome{ec, std::move(values)...};
        },
        std::move(all));
}

/// The same for a coroutine of ours, which is cancelled (terminal) at `until`. `what` names it in
/// the error: "<what> took longer than its limit". T must be default-constructible.
template<class T>
asio::awaitable<result<T>> with_deadline(asio::awaitable<result<T>> operation, time_point until,
                                         std::string what) {
    const bool wanted = co_await still_wanted();
    if (!wanted)
        co_return make_error(errc::cancelled, error_class::retry, what + " was cancelled");
    if (until == time_point::max()) {
        result<T> alone = co_await std::move(operation);
        co_return alone;
    }
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, until);
    auto group = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(operation), asio::deferred),
        timer.async_wait(asio::deferred));
    auto [order, thrown, outcome, expired] =
        co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (thrown) {
        try {
            std::rethrow_exception(thrown);
        } catch (const boost::system::system_error& e) {
            if (e.code() != asio::error::operation_aborted)
                throw;
        }
        outcome = make_error(errc::cancelled, error_class::retry, what + " was cancelled");
    }
    if (!expired && !outcome && outcome.error().code == errc::cancelled)
        co_return make_error(errc::timed_out, error_class::retry,
                             what + " took longer than its limit");
    co_return std::move(outcome);
}

} // namespace headspace::io
