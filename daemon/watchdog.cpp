#include "daemon/watchdog.hpp"

#include <utility>

namespace headspace::daemon {

asio::awaitable<void> feed_watchdog(duration interval, std::function<bool()> sound,
                                    sd::notifier& manager) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    for (;;) {
        if (!sound()) {
            manager.send("WATCHDOG=trigger");
            co_return;
        }
        manager.send("WATCHDOG=1");
        timer.expires_after(interval / 3);
        const auto [ec] = co_await timer.async_wait(as_result);
        if (ec)
            co_return;
    }
}

} // namespace headspace::daemon
