// When connections are retired for their age: never later than `recycle` after they were made, and
// spread out so that they do not all go at once. Pure.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <span>

namespace headspace::pool {

/// At most one retirement in so long a time, unless a connection reaches its full age: `size` of
/// them fit into what the jitter leaves of `recycle`.
[[nodiscard]] duration kill_gap(duration recycle, std::uint32_t size) noexcept;

/// When a connection made `now` is to be retired: recycle less up to a tenth (jitter in [0, 1)),
/// and earlier still where that is within `gap` of one of `others`. time_point::max() when
/// `recycle` is 0.
[[nodiscard]] time_point plan_expiry(time_point now, duration recycle, duration gap, double jitter,
                                     std::span<const time_point> others);

} // namespace headspace::pool
