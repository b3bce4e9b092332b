// How values are distributed over many orders of magnitude, in fixed memory: each power of two has
// 16 buckets, so that a quantile is off by at most 1/16. record() allocates nothing and takes a few
// nanoseconds. For one executor.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace headspace::metrics {

class histogram {
public:
    void record(std::uint64_t value) noexcept {
        ++buckets_[bucket_of(value)];
        ++count_;
        sum_ += value;
        max_ = std::max(max_, value);
    }
    /// Nanoseconds; a negative duration counts as none.
    void record(duration d) noexcept {
        record(d.count() > 0 ? static_cast<std::uint64_t>(d.count()) : std::uint64_t{0});
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }
    [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
    /// The value that a fraction `q` of [0, 1] of all values does not exceed; 0 when there is none.
    /// Never above max().
    [[nodiscard]] std::uint64_t quantile(double q) const noexcept;
    [[nodiscard]] duration quantile_time(double q) const noexcept {
        return duration(static_cast<duration::rep>(quantile(q)));
    }
    void reset() noexcept { *this = histogram(); }

private:
    static constexpr unsigned sub_bits = 4;
    static constexpr std::uint64_t sub = 1u << sub_bits;
    static constexpr std::size_t bucket_count = (64 - sub_bits + 1) * sub;

    static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
        if (value < sub)
            return value;
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - sub_bits - 1;
        return (shift + 1) * sub + ((value >> shift) & (sub - 1));
    }
    /// The largest value of a bucket.
    static constexpr std::uint64_t upper(std::size_t bucket) noexcept {
        if (bucket < sub)
            return bucket;
        const auto shift = static_cast<unsigned>(bucket / sub) - 1;
        const std::uint64_t base = (sub + bucket % sub) << shift;
        return base + ((std::uint64_t{1} << shift) - 1);
    }

    std::array<std::uint64_t, bucket_count> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t max_ = 0;
};

} // namespace headspace::metrics
