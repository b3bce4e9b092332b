#include "metrics/histogram.hpp"

#include <cmath>

namespace headspace::metrics {

std::uint64_t histogram::quantile(double q) const noexcept {
    if (count_ == 0)
        return 0;
    const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
    const std::uint64_t rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1);
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen >= rank)
            return std::min(upper(bucket), max_);
    }
    return max_;
}

} // namespace headspace::metrics
