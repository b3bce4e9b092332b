// How many connections to open: the one place that knows.
#pragma once

#include <algorithm>
#include <cstdint>

namespace headspace::pool {

struct demand {
    std::uint32_t size = 0;     // the cap over all states
    std::uint32_t live = 0;     // in any state, closing included
    std::uint32_t waiters = 0;  // who has none
    std::uint32_t underway = 0; // connecting and pinging: may become somebody's soon
    std::uint32_t keep = 0;     // to be open while nobody asks
    std::uint32_t lasting = 0;  // open, underway included, and not about to be retired
    std::uint32_t connecting = 0;
    std::uint32_t limit = 0; // connects in flight together, from the breaker
};

/// Connects to begin now. A connection that is closing still counts: its backend may live on.
constexpr std::uint32_t want(const demand& d) noexcept {
    const std::uint32_t for_waiters = d.waiters > d.underway ? d.waiters - d.underway : 0;
    const std::uint32_t to_keep = d.keep > d.lasting ? d.keep - d.lasting : 0;
    const std::uint32_t room = d.size > d.live ? d.size - d.live : 0;
    const std::uint32_t at_once = d.limit > d.connecting ? d.limit - d.connecting : 0;
    return std::min({std::max(for_waiters, to_keep), room, at_once});
}

} // namespace headspace::pool
