// Randomness as a parameter: decisions take it from here, tests give them a fixed one.
#pragma once

#include <cstdint>
#include <random>

namespace headspace {

/// Numbers in [0, 1).
class jitter_source {
public:
    virtual ~jitter_source() = default;
    virtual double next() = 0;
};

/// Seeded by whoever composes the program.
class random_jitter final : public jitter_source {
public:
    explicit random_jitter(std::uint64_t seed) : engine_(seed) {}
    double next() override { return distribution_(engine_); }

private:
    std::mt19937_64 engine_;
    std::uniform_real_distribution<double> distribution_{0.0, 1.0};
};

} // namespace headspace
