// How long to wait before the next attempt: equal jitter over a doubling delay. Pure: no clock, no
// randomness.
#pragma once

#include "base/time.hpp"

namespace headspace {

/// d = min(max, initial * 2^n), the delay is d/2 + jitter * d/2. Never zero, never above `max`,
/// never gives up.
class backoff {
public:
    backoff(duration initial, duration max) : initial_(initial), max_(max), current_(initial) {}

    /// The next delay; `jitter` in [0, 1). Each call doubles the one after it.
    duration next(double jitter);
    void reset() { current_ = initial_; }
    [[nodiscard]] bool at_start() const { return current_ == initial_; }

private:
    duration initial_;
    duration max_;
    duration current_;
};

} // namespace headspace
