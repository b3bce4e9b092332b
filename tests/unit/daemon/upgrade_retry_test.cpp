#include "daemon/upgrade_retry.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::daemon;
using namespace std::chrono_literals;

namespace {

constexpr retry_settings settings{1s, 30s};
const time_point start{1h};

watch_facts waiting() {
    return {.ordered = true, .running = false, .connected = true, .verdict_stands = false};
}

} // namespace

TEST(upgrade_retry, a_lost_connection_is_tried_again_after_growing_delays) {
    upgrade_retry retry;
    EXPECT_EQ(retry.next(waiting(), start), watch_step::nothing);
    for (const duration expected : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
        retry.lost(settings, start);
        EXPECT_EQ(retry.next(waiting(), start + expected - 1ms), watch_step::nothing);
        EXPECT_EQ(retry.next(waiting(), start + expected), watch_step::upgrade);
    }
    EXPECT_EQ(retry.losses(), 7);
    retry.settled();
    EXPECT_EQ(retry.next(waiting(), start + 1h), watch_step::nothing);
}

TEST(upgrade_retry, nothing_is_tried_while_the_database_is_away_or_something_runs) {
    upgrade_retry retry;
    retry.lost(settings, start);
    watch_facts seen = waiting();
    seen.connected = false;
    EXPECT_EQ(retry.next(seen, start + 1h), watch_step::nothing);
    seen = waiting();
    seen.running = true;
    EXPECT_EQ(retry.next(seen, start + 1h), watch_step::nothing);
    seen = waiting();
    seen.ordered = false;
    EXPECT_EQ(retry.next(seen, start + 1h), watch_step::nothing);
}

TEST(upgrade_retry, the_directory_is_read_only_while_a_verdict_stands) {
    upgrade_retry retry;
    watch_facts seen = waiting();
    EXPECT_EQ(retry.next(seen, start), watch_step::nothing);
    seen.verdict_stands = true;
    EXPECT_EQ(retry.next(seen, start), watch_step::compare_directory);
}
