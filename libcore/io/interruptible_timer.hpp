// A coroutine's sleep that somebody else can end: the one place where a timer is used as a
// condition variable.
#pragma once

#include "base/time.hpp"
#include "io/asio.hpp"

namespace headspace::io {

/// Not thread-safe: use it on its executor. One waiter at a time.
class interruptible_timer {
public:
    explicit interruptible_timer(const asio::any_io_executor& executor) : timer_(executor) {}

    /// True when notify() was called, also before this; false when `until` passed. Uses the
    /// notification up.
    asio::awaitable<bool> wait_until(time_point until) {
        if (!notified_) {
            timer_.expires_at(until);
            co_await timer_.async_wait(as_result);
        }
        const bool notified = notified_;
        notified_ = false;
        co_return notified;
    }

    void notify() {
        notified_ = true;
        timer_.cancel();
    }

private:
    asio::steady_timer timer_;
    bool notified_ = false;
};

} // namespace headspace::io
