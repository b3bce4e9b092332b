// A number that only grows, for one executor.
#pragma once

#include <cstdint>

namespace headspace::metrics {

class counter {
public:
    void add(std::uint64_t n = 1) noexcept { value_ += n; }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

private:
    std::uint64_t value_ = 0;
};

} // namespace headspace::metrics
