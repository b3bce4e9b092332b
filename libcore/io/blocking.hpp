// Calls that block (getaddrinfo, PQcancel) on a few threads of their own. The threads are detached
// and end when there is nothing to do: one that is stuck in the system delays neither the event
// loop nor the end of the process.
#pragma once

#include "base/time.hpp"
#include "io/asio.hpp"
#include "io/with_deadline.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace headspace::io {

/// Wakes one coroutine from any thread. The waiting side owns it; once that is gone, wake() does
/// nothing, so a late thread never reaches a destroyed executor.
class wakeup : public std::enable_shared_from_this<wakeup> {
public:
    explicit wakeup(const asio::any_io_executor& executor)
        : event_(std::in_place, executor, time_point::max()) {}
    wakeup(const wakeup&) = delete;
    wakeup& operator=(const wakeup&) = delete;

    void wake();

    /// In the frame of the coroutine that waits: when the frame goes, the wake-up is closed.
    class waiting {
    public:
        explicit waiting(std::shared_ptr<wakeup> target) : target_(std::move(target)) {}
        ~waiting() { target_->close(); }
        waiting(const waiting&) = delete;
        waiting& operator=(const waiting&) = delete;
        /// Until woken (no error), errc::timed_out or operation_aborted.
        asio::awaitable<error_code> until(time_point deadline);

    private:
        std::shared_ptr<wakeup> target_;
    };

private:
    void close();

    std::mutex mutex_;
    bool woken_ = false;
    // Never expires by itself; gone once closed. Touched on the executor only, except that wake()
    // reads its executor under the lock.
    std::optional<asio::steady_timer> event_;
};

class blocking {
public:
    /// At most `threads` calls run at once; the others wait their turn.
    explicit blocking(std::size_t threads);
    ~blocking();
    blocking(const blocking&) = delete;
    blocking& operator=(const blocking&) = delete;

    /// Runs `job` on a thread. It must not throw and may outlive everything but what it owns.
    /// False when the system has no thread to give.
    bool submit(std::function<void()> job);

    /// Runs `call` on a thread and gives what it returns, moved to the calling coroutine. Errors:
    /// timed_out (the call goes on unobserved), cancelled, io_failed; `what` names it in them.
    template<class Call>
    asio::awaitable<result<std::invoke_result_t<Call>>> run(Call call, time_point until,
                                                            std::string what);

private:
    struct state;
    std::shared_ptr<state> state_;
};

template<class Call>
asio::awaitable<result<std::invoke_result_t<Call>>> blocking::run(Call call, time_point until,
                                                                  std::string what) {
    using value = std::invoke_result_t<Call>;
    const auto outcome = std::make_shared<std::optional<value>>();
    const auto event = std::make_shared<wakeup>(co_await asio::this_coro::executor);
    wakeup::waiting waiting(event);
    const bool accepted = submit([outcome, event, call = std::move(call)]() mutable {
        outcome->emplace(call());
        event->wake();
    });
    if (!accepted)
        co_return make_error(errc::io_failed, error_class::retry, "no thread for " + what);
    const error_code ec = co_await waiting.until(until);
    if (ec == make_error_code(errc::timed_out))
        co_return make_error(errc::timed_out, error_class::retry,
                             what + " took longer than its limit");
    if (ec)
        co_return make_error(errc::cancelled, error_class::retry, what + " was cancelled");
    co_return std::move(**outcome);
}

} // namespace headspace::io
