#include "pg/timelines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace::pg;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

const server_identity before{"7001", 1};
const server_identity after{"7001", 2};

} // namespace

TEST(timelines, the_timeline_is_the_beginning_of_a_wal_files_name) {
    EXPECT_EQ(timeline_of("000000010000000000000003"), 1U);
    EXPECT_EQ(timeline_of("0000001A00000001000000FE"), 26U);
    EXPECT_EQ(timeline_of("FFFFFFFF0000000000000001"), 0xFFFFFFFFU);
    for (const char* text : {"", "1", "00000001", "000000000000000000000003",
                             "0000000g0000000000000003", "000000010000000000000003.partial"})
        EXPECT_EQ(timeline_of(text), std::nullopt) << text;
}

TEST(timelines, the_first_one_of_a_cluster_is_the_present_one) {
    timelines seen;
    EXPECT_EQ(seen.observe("a:5432", after).what, timelines::verdict::present);
    EXPECT_EQ(seen.observe("a:5432", after).what, timelines::verdict::present);
    EXPECT_THAT(seen.stale(), IsEmpty());
}

TEST(timelines, a_higher_one_is_a_promotion_and_makes_the_lower_ones_stale) {
    timelines seen;
    (void)seen.observe("a:5432", before);
    const auto raised = seen.observe("b:5432", after);
    EXPECT_EQ(raised.what, timelines::verdict::raised);
    EXPECT_EQ(raised.highest, 1U);
    const auto stale = seen.observe("a:5432", before);
    EXPECT_EQ(stale.what, timelines::verdict::stale);
    EXPECT_EQ(stale.highest, 2U);
    EXPECT_TRUE(stale.news);
    EXPECT_FALSE(seen.observe("a:5432", before).news) << "it is said once";
    EXPECT_THAT(seen.stale(), ElementsAre(stale_primary{"a:5432", 1, 2}));
    EXPECT_EQ(seen.observe("b:5432", after).what, timelines::verdict::present);
}

TEST(timelines, a_stale_primary_that_was_rebuilt_is_one_no_longer) {
    timelines seen;
    (void)seen.observe("b:5432", after);
    (void)seen.observe("a:5432", before);
    EXPECT_TRUE(seen.is_standby("a:5432"));
    EXPECT_FALSE(seen.is_standby("a:5432"));
    EXPECT_THAT(seen.stale(), IsEmpty());
    EXPECT_EQ(seen.observe("a:5432", {"7001", 3}).what, timelines::verdict::raised)
        << "and promoted in its turn";
    EXPECT_TRUE(seen.observe("b:5432", after).news);
}

TEST(timelines, of_another_cluster_say_nothing) {
    timelines seen;
    (void)seen.observe("b:5432", {"7001", 9});
    EXPECT_EQ(seen.observe("c:5432", {"7002", 1}).what, timelines::verdict::present)
        << "the database was restored elsewhere";
    EXPECT_EQ(seen.observe("a:5432", {"7001", 8}).what, timelines::verdict::stale);
}

TEST(timelines, hosts_are_remembered_once_they_were_looked_at) {
    timelines seen;
    EXPECT_FALSE(seen.was_looked_at("a:5432"));
    seen.looked_at("a:5432");
    EXPECT_TRUE(seen.was_looked_at("a:5432"));
}
