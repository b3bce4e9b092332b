// How late the event loop is: a timer on it that fires late says so. The numbers are pure; only
// watch_loop() waits.
#pragma once

#include "base/time.hpp"
#include "io/asio.hpp"

#include <functional>

namespace headspace::daemon {

/// The largest lag of the last window, or of up to two.
class loop_lag {
public:
    void record(duration late, duration window, time_point now) noexcept;
    [[nodiscard]] duration worst() const noexcept;

private:
    time_point begin_ = time_point::min(); // of the present window
    duration present_{};
    duration before_{};
};

struct loop_probe {
    duration interval{}; // 0: do not look
    duration window{};
};

/// Looks every interval, with the settings of that moment. Runs until cancelled.
asio::awaitable<void> watch_loop(std::function<loop_probe()> settings, loop_lag& lag);

} // namespace headspace::daemon
