#include "metrics/counter.hpp"
#include "metrics/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

using namespace headspace;
using metrics::histogram;
using namespace std::chrono_literals;

TEST(counter, adds_up) {
    metrics::counter c;
    c.add();
    c.add(41);
    EXPECT_EQ(c.value(), 42u);
}

TEST(histogram, knows_nothing_while_empty) {
    const histogram h;
    EXPECT_EQ(h.count(), 0u);
    EXPECT_EQ(h.quantile(0.5), 0u);
    EXPECT_EQ(h.quantile_time(0.99), 0ns);
}

TEST(histogram, small_values_are_exact) {
    histogram h;
    for (std::uint64_t v = 1; v <= 15; ++v)
        h.record(v);
    EXPECT_EQ(h.quantile(0.0), 1u);
    EXPECT_EQ(h.quantile(0.5), 8u);
    EXPECT_EQ(h.quantile(1.0), 15u);
    EXPECT_EQ(h.sum(), 120u);
}

TEST(histogram, a_quantile_is_never_below_the_truth_nor_more_than_a_sixteenth_above_it) {
    histogram h;
    std::mt19937_64 engine(7);
    std::lognormal_distribution<double> distribution(12.0, 3.0);
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 20000; ++i) {
        values.push_back(static_cast<std::uint64_t>(distribution(engine)));
        h.record(values.back());
    }
    std::sort(values.begin(), values.end());
    for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999}) {
        const auto rank = static_cast<std::size_t>(q * 20000.0 + 0.5) - 1;
        const auto truth = static_cast<double>(values[rank]);
        EXPECT_GE(static_cast<double>(h.quantile(q)), truth) << q;
        EXPECT_LE(static_cast<double>(h.quantile(q)), truth * (1 + 1.0 / 16) + 1) << q;
    }
}

TEST(histogram, no_quantile_exceeds_the_largest_value) {
    histogram h;
    h.record(std::uint64_t{1000003});
    EXPECT_EQ(h.quantile(0.5), 1000003u);
    EXPECT_EQ(h.max(), 1000003u);
}

TEST(histogram, takes_the_whole_range_of_64_bits) {
    histogram h;
    h.record(std::uint64_t{0});
    h.record(std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(h.quantile(0.5), 0u);
    EXPECT_EQ(h.quantile(1.0), std::numeric_limits<std::uint64_t>::max());
}

TEST(histogram, a_negative_duration_counts_as_none) {
    histogram h;
    h.record(-5ms);
    EXPECT_EQ(h.count(), 1u);
    EXPECT_EQ(h.max(), 0u);
    h.record(duration(5ms));
    EXPECT_EQ(h.quantile_time(1.0), 5ms);
    h.reset();
    EXPECT_EQ(h.count(), 0u);
}
