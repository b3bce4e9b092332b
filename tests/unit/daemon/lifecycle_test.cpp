#include "daemon/lifecycle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace std::chrono_literals;
using daemon::lifecycle;
using daemon::phase;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

namespace {

lifecycle running() {
    lifecycle life(false);
    (void)life.listening();
    (void)life.first_round_over(true);
    return life;
}

} // namespace

TEST(lifecycle, ready_comes_when_the_socket_answers_and_the_first_round_is_over) {
    lifecycle life(false);
    EXPECT_THAT(life.listening().notify, IsEmpty());
    EXPECT_THAT(life.first_round_over(false).notify, ElementsAre(StartsWith("READY=1\n")));
    EXPECT_EQ(life.current(), phase::running);
}

TEST(lifecycle, the_order_of_the_two_does_not_matter_and_ready_is_said_once) {
    lifecycle life(false);
    EXPECT_THAT(life.first_round_over(true).notify, IsEmpty());
    EXPECT_THAT(life.listening().notify, ElementsAre(StartsWith("READY=1\n")));
    EXPECT_THAT(life.listening().notify, IsEmpty());
    EXPECT_THAT(life.first_round_over(true).notify, IsEmpty());
}

TEST(lifecycle, an_ordered_upgrade_holds_ready_back_while_the_database_is_reachable) {
    lifecycle life(true);
    (void)life.listening();
    EXPECT_THAT(life.first_round_over(true).notify, IsEmpty());
    EXPECT_THAT(life.upgrade_progress(30s, "Migrating 1 of 2").notify,
                ElementsAre("EXTEND_TIMEOUT_USEC=30000000\nSTATUS=Migrating 1 of 2"));
    EXPECT_THAT(life.upgrade_over().notify, ElementsAre(StartsWith("READY=1\n")));
    EXPECT_THAT(life.upgrade_progress(30s, "later").notify, IsEmpty());
}

TEST(lifecycle, an_ordered_upgrade_does_not_hold_ready_back_while_the_database_is_away) {
    lifecycle life(true);
    (void)life.listening();
    EXPECT_THAT(life.first_round_over(false).notify, ElementsAre(StartsWith("READY=1\n")));
}

TEST(lifecycle, a_start_and_a_drain_may_last_as_long_as_was_configured) {
    lifecycle life(false);
    EXPECT_THAT(life.may_last(40s).notify,
                ElementsAre("EXTEND_TIMEOUT_USEC=80000000\nSTATUS=Starting"));
    (void)life.listening();
    (void)life.first_round_over(true);
    EXPECT_THAT(life.may_last(40s).notify, IsEmpty());
    (void)life.stop_requested();
    EXPECT_THAT(life.may_last(60s).notify,
                ElementsAre("EXTEND_TIMEOUT_USEC=120000000\nSTATUS=Draining"));
}

TEST(lifecycle, a_reload_says_reloading_with_the_time_and_then_always_ready) {
    lifecycle life = running();
    EXPECT_THAT(life.reload_begins(2s).notify,
                ElementsAre("RELOADING=1\nMONOTONIC_USEC=2000000\nSTATUS=Reloading"));
    EXPECT_FALSE(life.may_reload());
    EXPECT_THAT(
        life.reload_over("headspaced.toml:3:1: unknown key").notify,
        ElementsAre(StartsWith("READY=1\nSTATUS=Reload failed: headspaced.toml:3:1: unknown key")));
    EXPECT_EQ(life.current(), phase::running);
}

TEST(lifecycle, the_status_keeps_a_refused_reload_until_a_good_one) {
    lifecycle life = running();
    (void)life.reload_begins(1s);
    (void)life.reload_over("broken");
    const time_point t{100s};
    EXPECT_THAT(*life.status("Ready: 1/10", t), StartsWith("STATUS=Reload failed: broken"));
    (void)life.reload_begins(2s);
    EXPECT_THAT(life.reload_over("").notify, ElementsAre("READY=1\nSTATUS=Ready: 1/10"));
}

TEST(lifecycle, the_status_is_sent_when_it_changes_and_at_most_once_a_second) {
    lifecycle life = running();
    const time_point t{100s};
    EXPECT_EQ(life.status("a", t), "STATUS=a");
    EXPECT_EQ(life.status("a", t + 5s), std::nullopt);
    EXPECT_EQ(life.status("b", t + 5s), "STATUS=b");
    EXPECT_EQ(life.status("c", t + 5500ms), std::nullopt);
    EXPECT_EQ(life.status("c", t + 6s), "STATUS=c");
}

TEST(lifecycle, stopping_drains_once_and_a_second_request_exits_at_once) {
    lifecycle life = running();
    const auto first = life.stop_requested();
    EXPECT_THAT(first.notify, ElementsAre("STOPPING=1\nSTATUS=Draining"));
    EXPECT_TRUE(first.begin_drain);
    EXPECT_FALSE(life.may_reload());
    const auto second = life.stop_requested();
    EXPECT_TRUE(second.exit_at_once);
    EXPECT_THAT(second.notify, IsEmpty());
    EXPECT_EQ(life.status("x", time_point{1000s}), std::nullopt);
}

TEST(lifecycle, a_stop_before_ready_drains_too_and_ready_is_never_said) {
    lifecycle life(false);
    EXPECT_TRUE(life.stop_requested().begin_drain);
    (void)life.listening();
    EXPECT_THAT(life.first_round_over(true).notify, IsEmpty());
}
