#include "daemon/loop_lag.hpp"

#include <algorithm>
#include <utility>

namespace headspace::daemon {

void loop_lag::record(duration late, duration window, time_point now) noexcept {
    if (begin_ == time_point::min())
        begin_ = now;
    if (now - begin_ >= window) {
        before_ = std::exchange(present_, duration::zero());
        begin_ = now;
    }
    present_ = std::max(present_, late);
}

duration loop_lag::worst() const noexcept {
    return std::max(present_, before_);
}

asio::awaitable<void> watch_loop(std::function<loop_probe()> settings, loop_lag& lag) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    for (;;) {
        const loop_probe now = settings();
        const bool looks = now.interval > duration::zero();
        timer.expires_after(looks ? now.interval : now.window);
        const auto [ec] = co_await timer.async_wait(as_result);
        if (ec)
            co_return;
        if (looks)
            lag.record(clock::now() - timer.expiry(), now.window, clock::now());
    }
}

} // namespace headspace::daemon
