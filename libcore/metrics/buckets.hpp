// How many durations lie at or below each of a few fixed bounds, the way Prometheus counts them:
// numbers that add up across processes, unlike quantiles. For one executor.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <span>

namespace headspace::metrics {

/// Of waiting, connecting and queries.
inline constexpr auto short_bounds = [] {
    using namespace std::chrono_literals;
    return std::to_array<duration>({100us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms,
                                    500ms, 1s, 2500ms, 5s, 10s, 30s});
}();
/// Of migrations.
inline constexpr auto long_bounds = [] {
    using namespace std::chrono_literals;
    return std::to_array<duration>(
        {10ms, 50ms, 100ms, 500ms, 1s, 5s, 10s, 30s, 60s, 300s, 900s, 3600s, 21600s});
}();

class buckets {
public:
    /// `bounds` ascend and live as long as the program does.
    explicit constexpr buckets(std::span<const duration> bounds) noexcept : bounds_(bounds) {
        assert(bounds.size() < most);
    }

    /// A negative duration counts as none.
    void record(duration d) noexcept {
        d = std::max(d, duration::zero());
        std::size_t i = 0;
        while (i < bounds_.size() && d > bounds_[i])
            ++i;
        ++counts_[i];
        sum_ += static_cast<std::uint64_t>(d.count());
    }

    /// What another process counted. `bucket` is an index of bounds(), or one more.
    void add_count(std::size_t bucket, std::uint64_t n) noexcept { counts_[bucket] += n; }
    void add_nanoseconds(std::uint64_t n) noexcept { sum_ += n; }

    [[nodiscard]] std::span<const duration> bounds() const noexcept { return bounds_; }
    /// Above the bound before and not above the one of this index; of bounds().size(): above all.
    [[nodiscard]] std::uint64_t count_in(std::size_t bucket) const noexcept {
        return counts_[bucket];
    }
    [[nodiscard]] std::uint64_t nanoseconds() const noexcept { return sum_; }

private:
    static constexpr std::size_t most = 20;

    std::span<const duration> bounds_;
    std::array<std::uint64_t, most> counts_{};
    std::uint64_t sum_ = 0;
};

} // namespace headspace::metrics
