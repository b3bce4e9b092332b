// Feeds systemd's watchdog from the event loop that does the work, so that it starves when the loop
// does.
#pragma once

#include "base/time.hpp"
#include "io/asio.hpp"
#include "sd/notify.hpp"

#include <functional>

namespace headspace::daemon {

/// WATCHDOG=1 every third of `interval` while `sound` holds; when it does not, WATCHDOG=trigger
/// once, and silence. The database is no matter of the watchdog. Runs until cancelled.
asio::awaitable<void> feed_watchdog(duration interval, std::function<bool()> sound,
                                    sd::notifier& manager);

} // namespace headspace::daemon
