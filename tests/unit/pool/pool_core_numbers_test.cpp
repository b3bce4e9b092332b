// What a snapshot says of waiting, connecting and outages, as it happens.
#include "core_harness.hpp"

#include <numeric>

using namespace headspace;
using namespace headspace::pool;
using namespace headspace::pool::testing;

namespace {

std::uint64_t count(const metrics::buckets& b) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i <= b.bounds().size(); ++i)
        sum += b.count_in(i);
    return sum;
}

pool_settings of_one() {
    pool_settings s = usual();
    s.size = 1;
    return s;
}

} // namespace

TEST(pool_numbers, each_served_request_is_counted_with_the_time_it_waited) {
    core_harness h(of_one());
    h.warm_up(1);
    const auto before = h.core.snapshot(h.now).waits;
    h.acquire(1);
    h.acquire(2);
    h.acquire(3, 100ms); // in vain
    h.advance(700ms);
    h.release(0);
    const auto after = h.core.snapshot(h.now).waits;
    EXPECT_EQ(count(after) - count(before), 2U);
    EXPECT_EQ(after.nanoseconds() - before.nanoseconds(), 700'000'000U);
    EXPECT_EQ(after.count_in(11), 1U) << "above 500 ms, up to 1 s";
}

TEST(pool_numbers, each_connect_that_succeeds_is_counted_with_the_time_it_took) {
    core_harness h;
    h.start();
    h.advance(30ms);
    h.connected(0);
    const pool_snapshot s = h.core.snapshot(h.now);
    EXPECT_EQ(count(s.connects), 1U);
    EXPECT_EQ(s.connects.nanoseconds(), 30'000'000U);
}

TEST(pool_numbers, those_who_wait_are_named_in_their_order_and_not_all_of_them) {
    core_harness h(of_one());
    h.warm_up(1);
    h.acquire(1);
    for (request_id r = 2; r < 50; ++r) {
        h.acquire(r, 30s, on_down::wait, "p" + std::to_string(r));
        h.advance(10ms);
    }
    pool_snapshot s = h.core.snapshot(h.now);
    EXPECT_EQ(s.waiters, 48U);
    EXPECT_EQ(s.longest_wait, 480ms);
    ASSERT_EQ(s.waiting.size(), most_waiters_named);
    EXPECT_EQ(s.waiting[0].purpose, "p2");
    EXPECT_EQ(s.waiting[0].age, 480ms);
    EXPECT_EQ(s.waiting[1].purpose, "p3");
    h.release(0);
    s = h.core.snapshot(h.now);
    EXPECT_EQ(s.waiting[0].purpose, "p3");
    EXPECT_EQ(s.longest_wait, 470ms);
}

TEST(pool_numbers, nobody_waits_for_no_time) {
    core_harness h;
    h.warm_up(1);
    EXPECT_EQ(h.core.snapshot(h.now).longest_wait, 0ns);
    EXPECT_TRUE(h.core.snapshot(h.now).waiting.empty());
}

TEST(pool_numbers, an_outage_is_counted_once_however_many_attempts_fail) {
    core_harness h;
    h.start();
    h.connect_failed(0, refused());
    h.advance(100ms);
    h.connect_failed(0, refused());
    h.advance(50ms);
    pool_snapshot s = h.core.snapshot(h.now);
    EXPECT_EQ(s.outages, 1U);
    EXPECT_EQ(s.outage_attempts, 2U);
    EXPECT_EQ(s.outage_age, 150ms);
    h.advance(1s);
    h.connected(h.last_connect);
    s = h.core.snapshot(h.now);
    EXPECT_EQ(s.outages, 1U);
    EXPECT_EQ(s.outage_age, std::nullopt);
    const std::uint32_t open = h.last_connect;
    h.on(events::lost{h.id(open), failure("57P01")});
    h.closed(open);
    h.advance(1s);
    h.connect_failed(h.last_connect, refused());
    EXPECT_EQ(h.core.snapshot(h.now).outages, 2U);
}
