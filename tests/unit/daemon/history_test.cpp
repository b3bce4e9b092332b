#include "daemon/history.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace std::chrono_literals;

namespace {

const wall_time begin{std::chrono::seconds(1'700'000'000)};
const time_point steady{5min};

pool::pool_snapshot counted(std::uint64_t acquires, std::uint64_t recycled) {
    pool::pool_snapshot s;
    s.acquires = acquires;
    s.connects_failed = 2;
    s.live = 3;
    s.closed["recycled"] = recycled;
    s.waits.record(2ms);
    return s;
}

daemon::tally beside() {
    daemon::tally t;
    t.queries_failed = 3;
    t.runs["succeeded"] = 2;
    t.answers["200 /v1/status"] = 4;
    t.answers["404 "] = 1;
    t.migration_times.record(30h);
    return t;
}

} // namespace

TEST(history, a_service_that_begins_counts_what_its_process_counts) {
    const daemon::history h(begin, steady);
    EXPECT_EQ(h.crashes(), 0U);
    EXPECT_EQ(h.total(counted(7, 1)).acquires, 7U);
}

TEST(history, after_a_crash_the_service_is_as_old_as_before_and_the_counters_go_on) {
    const std::string kept = daemon::history(begin, steady).text(counted(7, 1), beside());
    daemon::history h(begin + 1h, steady + 1h);
    h.go_on_from(kept);
    EXPECT_EQ(h.started(), begin);
    EXPECT_EQ(h.started_monotonic(), steady);
    EXPECT_EQ(h.crashes(), 1U);
    const pool::pool_snapshot total = h.total(counted(5, 4));
    EXPECT_EQ(total.acquires, 12U);
    EXPECT_EQ(total.connects_failed, 4U);
    EXPECT_EQ(total.closed.at("recycled"), 5U);
    EXPECT_EQ(total.live, 3U) << "what there is now is not added up";
}

TEST(history, histograms_and_what_is_counted_beside_the_pool_go_on_too) {
    daemon::history h(begin + 1h, steady + 1h);
    h.go_on_from(daemon::history(begin, steady).text(counted(7, 1), beside()));
    const pool::pool_snapshot pool = h.total(counted(5, 4));
    EXPECT_EQ(pool.waits.count_in(3), 2U) << "up to 2.5 ms";
    EXPECT_EQ(pool.waits.nanoseconds(), 4'000'000U);
    daemon::tally now;
    now.runs["failed"] = 1;
    now.answers["200 /v1/status"] = 1;
    now.migration_times.record(1ms);
    const daemon::tally all = h.total(now);
    EXPECT_EQ(all.queries_failed, 3U);
    EXPECT_EQ(all.runs, (daemon::counts{{"failed", 1}, {"succeeded", 2}}));
    EXPECT_EQ(all.answers, (daemon::counts{{"200 /v1/status", 5}, {"404 ", 1}}));
    EXPECT_EQ(all.migration_times.count_in(0), 1U);
    EXPECT_EQ(all.migration_times.count_in(all.migration_times.bounds().size()), 1U);
}

TEST(history, crashes_and_counters_add_up_over_several_crashes) {
    std::string kept = daemon::history(begin, steady).text(counted(1, 0), {});
    for (int crash = 1; crash <= 3; ++crash) {
        daemon::history h(begin + 1h, steady + 1h);
        h.go_on_from(kept);
        EXPECT_EQ(h.crashes(), static_cast<std::uint64_t>(crash));
        kept = h.text(counted(1, 0), {});
    }
    daemon::history h(begin + 1h, steady + 1h);
    h.go_on_from(kept);
    EXPECT_EQ(h.total(pool::pool_snapshot{}).acquires, 4U);
}

TEST(history, a_text_that_a_crash_cut_off_anywhere_counts_for_nothing) {
    const std::string kept = daemon::history(begin, steady).text(counted(7, 1), beside());
    for (std::size_t length = 0; length < kept.size(); ++length) {
        daemon::history h(begin + 1h, steady + 1h);
        h.go_on_from(std::string_view(kept).substr(0, length));
        EXPECT_EQ(h.crashes(), 0U) << length;
        EXPECT_EQ(h.started(), begin + 1h);
        EXPECT_EQ(h.total(pool::pool_snapshot{}).acquires, 0U);
    }
}

TEST(history, a_text_of_another_program_or_version_counts_for_nothing) {
    for (const char* kept : {"", "end\n", "headspaced 2\nstarted 1\nmonotonic 1\nend\n",
                             "headspaced 1\nend\n", "headspaced 1\nstarted x\nmonotonic 1\nend\n",
                             "headspaced 1\nstarted\nmonotonic 1\nend\n"}) {
        daemon::history h(begin, steady);
        h.go_on_from(kept);
        EXPECT_EQ(h.crashes(), 0U) << kept;
    }
}
