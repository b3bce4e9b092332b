#include "base/backoff.hpp"

#include <algorithm>

namespace headspace {

duration backoff::next(double jitter) {
    const duration d = std::min(current_, max_);
    current_ = d > max_ / 2 ? max_ : d * 2;
    const duration half = d / 2;
    return half + std::chrono::duration_cast<duration>(half * jitter);
}

} // namespace headspace
