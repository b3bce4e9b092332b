#include "pool/recycler.hpp"
#include "pool/sizing.hpp"
#include "pool/waiters.hpp"

#include <gtest/gtest.h>

#include <vector>

using namespace headspace;
using namespace headspace::pool;
using namespace std::chrono_literals;

namespace {

const time_point noon{12h};

void push(waiter_queue& q, request_id r, duration patience, on_down policy = on_down::wait) {
    q.push(r, noon, noon + patience, policy, "p");
}

std::vector<request_id> drain(waiter_queue& q) {
    std::vector<request_id> order;
    while (!q.empty()) {
        order.push_back(q.front());
        q.remove(q.front());
    }
    return order;
}

} // namespace

TEST(sizing, opens_what_the_waiters_need_but_counts_what_is_under_way) {
    demand d{.size = 10, .live = 4, .waiters = 5, .underway = 2, .connecting = 2, .limit = 10};
    EXPECT_EQ(want(d), 3u);
    d.underway = 5;
    EXPECT_EQ(want(d), 0u);
}

TEST(sizing, never_exceeds_the_cap_with_connections_in_any_state) {
    EXPECT_EQ(want({.size = 10, .live = 9, .waiters = 50, .limit = 10}), 1u);
    EXPECT_EQ(want({.size = 10, .live = 10, .waiters = 50, .limit = 10}), 0u);
    EXPECT_EQ(want({.size = 5, .live = 10, .waiters = 50, .limit = 10}), 0u);
}

TEST(sizing, keeps_the_minimum_open) {
    EXPECT_EQ(want({.size = 10, .keep = 3, .lasting = 1, .limit = 10}), 2u);
    EXPECT_EQ(want({.size = 10, .keep = 3, .lasting = 3, .limit = 10}), 0u);
}

TEST(sizing, respects_the_limit_of_connects_in_flight) {
    EXPECT_EQ(want({.size = 10, .live = 1, .waiters = 9, .connecting = 1, .limit = 4}), 3u);
    EXPECT_EQ(want({.size = 10, .waiters = 9, .limit = 0}), 0u);
}

TEST(waiters, leave_in_the_order_in_which_they_came) {
    waiter_queue q;
    for (const request_id r : {5u, 2u, 9u, 0u})
        push(q, r, 1s);
    EXPECT_EQ(drain(q), (std::vector<request_id>{5, 2, 9, 0}));
}

TEST(waiters, can_be_taken_out_of_the_front_the_middle_and_the_end) {
    waiter_queue q;
    for (request_id r = 0; r < 5; ++r)
        push(q, r, 1s);
    EXPECT_TRUE(q.remove(2));
    EXPECT_TRUE(q.remove(0));
    EXPECT_TRUE(q.remove(4));
    EXPECT_FALSE(q.remove(4));
    EXPECT_FALSE(q.remove(77));
    EXPECT_EQ(drain(q), (std::vector<request_id>{1, 3}));
    EXPECT_EQ(q.next_deadline(), time_point::max());
}

TEST(waiters, a_request_number_can_be_used_again) {
    waiter_queue q;
    push(q, 1, 1s);
    q.remove(1);
    push(q, 1, 5s);
    EXPECT_EQ(q.next_deadline(), noon + 5s); // not that of its earlier life
    EXPECT_FALSE(q.expired(noon + 2s));
}

TEST(waiters, expire_by_deadline_and_not_by_place) {
    waiter_queue q;
    push(q, 1, 9s);
    push(q, 2, 3s);
    push(q, 3, 6s);
    EXPECT_EQ(q.next_deadline(), noon + 3s);
    EXPECT_EQ(q.expired(noon + 7s), 2u);
    q.remove(2);
    EXPECT_EQ(q.expired(noon + 7s), 3u);
    q.remove(3);
    EXPECT_FALSE(q.expired(noon + 7s));
    EXPECT_EQ(q.front(), 1u);
}

TEST(waiters, stale_deadlines_do_not_pile_up_or_hide_live_ones) {
    waiter_queue q;
    push(q, 0, 100s);
    for (int round = 0; round < 1000; ++round) {
        push(q, 1, 1s);
        push(q, 2, 2s);
        q.remove(1);
        q.remove(2);
    }
    EXPECT_EQ(q.next_deadline(), noon + 100s);
    EXPECT_EQ(q.size(), 1u);
}

TEST(waiters, the_first_that_will_not_wait_out_an_outage_is_found) {
    waiter_queue q;
    push(q, 1, 1s);
    EXPECT_FALSE(q.first_fail_fast());
    push(q, 2, 1s, on_down::fail_fast);
    push(q, 3, 1s, on_down::fail_fast);
    EXPECT_EQ(q.fail_fast(), 2u);
    EXPECT_EQ(q.first_fail_fast(), 2u);
    q.remove(2);
    EXPECT_EQ(q.first_fail_fast(), 3u);
}

TEST(recycler, jitter_only_shortens_a_life_and_by_at_most_a_tenth) {
    const duration gap = kill_gap(3600s, 10);
    EXPECT_EQ(gap, 324s); // ten of them fit into what the jitter leaves of an hour
    EXPECT_EQ(plan_expiry(noon, 3600s, gap, 0.0, {}), noon + 3600s);
    EXPECT_EQ(plan_expiry(noon, 3600s, gap, 0.5, {}), noon + 3420s);
    EXPECT_GE(plan_expiry(noon, 3600s, gap, 0.999, {}), noon + 3240s);
}

TEST(recycler, connections_made_together_do_not_expire_together) {
    std::vector<time_point> expiries;
    for (int i = 0; i < 10; ++i)
        expiries.push_back(plan_expiry(noon, 3600s, kill_gap(3600s, 10), 0.9, expiries));
    for (std::size_t i = 0; i + 1 < expiries.size(); ++i)
        EXPECT_EQ(expiries[i] - expiries[i + 1], 324s);
    EXPECT_EQ(expiries.front(), noon + 3276s);
    EXPECT_EQ(expiries.back(), noon + 360s);
}

TEST(recycler, without_a_free_moment_the_jitter_alone_decides) {
    std::vector<time_point> crowded;
    for (int i = 0; i < 100; ++i)
        crowded.push_back(noon + 36s * i);
    EXPECT_EQ(plan_expiry(noon, 3600s, 360s, 0.0, crowded), noon + 3600s);
}

TEST(recycler, zero_means_for_ever) {
    EXPECT_EQ(plan_expiry(noon, 0s, 0s, 0.7, {}), time_point::max());
}
