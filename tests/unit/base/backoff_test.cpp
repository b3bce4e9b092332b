#include "base/backoff.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace std::chrono_literals;

TEST(backoff, doubles_up_to_the_maximum_and_stays_there) {
    backoff b(100ms, 1s);
    std::vector<duration> delays;
    for (int i = 0; i < 6; ++i)
        delays.push_back(b.next(0.0));
    EXPECT_EQ(delays, (std::vector<duration>{50ms, 100ms, 200ms, 400ms, 500ms, 500ms}));
}

TEST(backoff, jitter_spreads_over_the_upper_half_only) {
    backoff b(100ms, 1s);
    EXPECT_EQ(b.next(0.5), 75ms);
    EXPECT_LT(b.next(0.999999), 200ms);
}

TEST(backoff, reset_starts_again_at_the_initial_delay) {
    backoff b(100ms, 30s);
    b.next(0.0);
    EXPECT_FALSE(b.at_start());
    b.reset();
    EXPECT_TRUE(b.at_start());
    EXPECT_EQ(b.next(0.0), 50ms);
}

TEST(backoff, never_overflows_however_often_it_is_asked) {
    backoff b(100ms, std::chrono::hours(24 * 365));
    for (int i = 0; i < 1000; ++i)
        EXPECT_GT(b.next(0.0), 0ns);
}
