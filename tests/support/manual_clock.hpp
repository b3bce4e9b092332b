// Time that moves only when a test says so, for code that takes `now` as a parameter.
#pragma once

#include "base/jitter.hpp"
#include "base/time.hpp"

#include <chrono>

namespace headspace::test {

class manual_clock {
public:
    [[nodiscard]] time_point now() const { return now_; }
    void advance(duration d) { now_ += d; }

private:
    time_point now_{std::chrono::hours(1)}; // not zero: code that subtracts must not care
};

/// Always the same number in [0, 1).
class fixed_jitter final : public jitter_source {
public:
    explicit fixed_jitter(double value = 0.5) : value_(value) {}
    double next() override { return value_; }

private:
    double value_;
};

} // namespace headspace::test
