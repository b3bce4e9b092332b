#include "pool/recycler.hpp"

#include <algorithm>

namespace headspace::pool {

namespace {

constexpr int jitter_share = 10; // a tenth of the life at most

} // namespace

duration kill_gap(duration recycle, std::uint32_t size) noexcept {
    return (recycle - recycle / jitter_share) / std::max(size, 1u);
}

time_point plan_expiry(time_point now, duration recycle, duration gap, double jitter,
                       std::span<const time_point> others) {
    if (recycle == duration::zero())
        return time_point::max();
    const auto spread = std::chrono::duration_cast<duration>(recycle / jitter_share * jitter);
    const time_point latest = now + recycle - spread;
    const auto is_free = [&](time_point t) {
        return t >= now + gap && std::none_of(others.begin(), others.end(), [&](time_point other) {
                   return other > t - gap && other < t + gap;
               });
    };
    time_point best = time_point::min();
    if (is_free(latest))
        return latest;
    for (const time_point other : others) // the latest free moment lies one gap before another
        if (const time_point t = other - gap; t < latest && t > best && is_free(t))
            best = t;
    return best == time_point::min() ? latest : best;
}

} // namespace headspace::pool
