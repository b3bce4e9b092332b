#include "pg/timelines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace::pg;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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
    EXPECT_TRUE(raised.news);
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

TEST(timelines, what_an_earlier_process_saw_makes_a_lower_one_stale_at_once) {
    timelines seen;
    seen.recall(after);
    const auto stale = seen.observe("a:5432", before);
    EXPECT_EQ(stale.what, timelines::verdict::stale);
    EXPECT_EQ(stale.highest, 2U);
    EXPECT_EQ(seen.observe("b:5432", after).what, timelines::verdict::present);
}

TEST(timelines, a_promotion_while_no_process_ran_leaves_no_connections_of_yesterday) {
    timelines seen;
    seen.recall(before);
    const auto raised = seen.observe("b:5432", after);
    EXPECT_EQ(raised.what, timelines::verdict::raised);
    EXPECT_EQ(raised.highest, 1U);
    EXPECT_FALSE(raised.news) << "nothing is connected to a lower one";
    EXPECT_TRUE(seen.observe("a:5432", {"7001", 3}).news);
}

TEST(timelines, what_was_recalled_of_another_cluster_refuses_nobody) {
    timelines seen;
    seen.recall({"7001", 9});
    EXPECT_EQ(seen.observe("a:5432", {"7002", 1}).what, timelines::verdict::present)
        << "the cluster was made anew";
}

TEST(timelines, each_highest_one_is_kept_once) {
    timelines seen;
    std::vector<std::pair<std::string, std::uint32_t>> kept;
    seen.recall({"7001", 2});
    seen.recall({"7001", 1});
    seen.kept_in("/state/timelines",
                 [&](const server_identity& is) { kept.emplace_back(is.system, is.timeline); });
    (void)seen.observe("b:5432", {"7001", 2});
    (void)seen.observe("a:5432", {"7001", 1});
    EXPECT_THAT(kept, IsEmpty()) << "nothing that is not known";
    (void)seen.observe("a:5432", {"7001", 3});
    (void)seen.observe("a:5432", {"7001", 3});
    (void)seen.observe("c:5432", {"7002", 1});
    EXPECT_THAT(kept, ElementsAre(std::pair("7001", 3U), std::pair("7002", 1U)));
}

TEST(timelines, the_remedy_names_the_file_that_remembers) {
    timelines seen;
    EXPECT_THAT(seen.remedy(), HasSubstr("pg_rewind"));
    EXPECT_THAT(seen.remedy(), Not(HasSubstr("remove")));
    seen.kept_in("/state/timelines", {});
    EXPECT_THAT(seen.remedy(), HasSubstr("remove /state/timelines and restart headspaced"));
}
