#include "pg/exchange.hpp"

#include "io/with_deadline.hpp"
#include "pg/result.hpp"

#include <utility>

namespace headspace::pg {

namespace {

using stream = asio::posix::stream_descriptor;

/// Results a statement may have before we no longer believe that they end: a server that dies in
/// the wrong moment can make libpq repeat itself.
constexpr int too_many_results = 100'000;

asio::awaitable<error_code> wait_to_read(handle& target, time_point until) {
    if (!target.descriptor().is_open())
        co_return asio::error::operation_aborted;
    auto [ec] = co_await io::with_deadline(
        target.descriptor().async_wait(stream::wait_read, asio::deferred), until);
    if (!ec && target.get() == nullptr)
        ec = asio::error::operation_aborted; // closed meanwhile
    co_return ec;
}

/// True when there is something to read. An error only when both waits were aborted.
asio::awaitable<result<bool>> readable_or_writable(stream& descriptor) {
    auto group = asio::experimental::make_parallel_group(
        descriptor.async_wait(stream::wait_read, asio::deferred),
        descriptor.async_wait(stream::wait_write, asio::deferred));
    auto [order, reading, writing] =
        co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (reading && writing)
        co_return make_error(errc::cancelled, error_class::retry, "cancelled");
    co_return !reading;
}

/// The server may be blocked on what it sends to us while we send to it, so both must move.
asio::awaitable<error_code> send_rest(handle& target, time_point until) {
    // -1: the server is gone; what it said before that is still to be read.
    while (PQflush(target.get()) == 1 && target.descriptor().is_open()) {
        const auto ready = co_await io::with_deadline(readable_or_writable(target.descriptor()),
                                                      until, "the statement");
        if (!ready && ready.error().code == errc::timed_out)
            co_return ready.error().code;
        if (!ready || target.get() == nullptr)
            co_return asio::error::operation_aborted;
        if (*ready)
            consume(target);
    }
    target.detach_if_closed();
    co_return error_code();
}

/// False when no more may be read.
bool take(const result_ptr& one, exchange_outcome& outcome) {
    switch (PQresultStatus(one.get())) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        outcome.rows = rows_of(one.get());
        return true;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        outcome.copying = true;
        return false;
    default:
        break;
    }
    if (!outcome.failure || (outcome.failure->sqlstate.empty() && !outcome.fatal))
        outcome.failure = error_of(one.get());
    outcome.fatal = outcome.fatal || is_fatal(one.get());
    return true;
}

} // namespace

bool consume(handle& target) noexcept {
    const bool ok = PQconsumeInput(target.get()) == 1;
    target.detach_if_closed();
    return ok;
}

asio::awaitable<exchange_outcome> exchange(std::shared_ptr<handle> target, time_point until) {
    exchange_outcome outcome;
    outcome.stuck = co_await send_rest(*target, until);
    if (outcome.stuck)
        co_return outcome;
    for (int count = 0; count < too_many_results; ++count) {
        // On a closed socket PQgetResult returns at once, whatever PQisBusy says.
        while (PQisBusy(target->get()) == 1 && target->descriptor().is_open()) {
            outcome.stuck = co_await wait_to_read(*target, until);
            if (outcome.stuck)
                co_return outcome;
            consume(*target);
        }
        const result_ptr one(PQgetResult(target->get()));
        target->detach_if_closed();
        if (one == nullptr || !take(one, outcome))
            break;
    }
    co_return outcome;
}

} // namespace headspace::pg
