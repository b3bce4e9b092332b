#include "daemon/loop_lag.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using daemon::loop_lag;
using namespace std::chrono_literals;

namespace {

constexpr time_point begin{1h};
constexpr duration window = 60s;

} // namespace

TEST(loop_lag, shows_the_largest_of_a_window) {
    loop_lag lag;
    EXPECT_EQ(lag.worst(), 0ns);
    lag.record(2ms, window, begin);
    lag.record(7ms, window, begin + 1s);
    lag.record(3ms, window, begin + 2s);
    EXPECT_EQ(lag.worst(), 7ms);
}

TEST(loop_lag, a_lag_stays_for_at_least_one_window_and_at_most_two) {
    loop_lag lag;
    lag.record(1ms, window, begin);
    lag.record(5s, window, begin + 59s);
    lag.record(1ms, window, begin + 60s);
    lag.record(1ms, window, begin + 119s);
    EXPECT_EQ(lag.worst(), 5s);
    lag.record(1ms, window, begin + 120s);
    EXPECT_EQ(lag.worst(), 1ms);
}
