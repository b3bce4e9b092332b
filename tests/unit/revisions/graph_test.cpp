#include "revisions/graph.hpp"
#include "scripts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::revisions;
using namespace headspace::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(graph, files_without_a_header_follow_each_other_in_version_order) {
    const graph g = make_graph({"10", "9", "0100"});
    EXPECT_THAT(g.ordered({"9", "10", "0100"}), ElementsAre("9", "10", "0100"));
    EXPECT_THAT(g.find("9")->parents, IsEmpty());
    EXPECT_THAT(g.find("0100")->parents, ElementsAre("10"));
    EXPECT_THAT(g.heads(), ElementsAre("0100"));
    EXPECT_THAT(g.bases(), ElementsAre("9"));
}

TEST(graph, two_files_with_one_parent_are_two_heads_until_a_merge) {
    const graph open = make_graph({"1 <-", "2 <- 1", "3 <- 1"});
    EXPECT_THAT(open.heads(), ElementsAre("2", "3"));
    EXPECT_TRUE(open.is_branch_point("1"));
    const graph merged = make_graph({"1 <-", "2 <- 1", "3 <- 1", "4 <- 2 3"});
    EXPECT_THAT(merged.heads(), ElementsAre("4"));
    EXPECT_TRUE(merged.is_merge_point("4"));
    EXPECT_FALSE(merged.is_merge_point("2"));
    EXPECT_TRUE(merged.is_head("4"));
    EXPECT_FALSE(merged.is_head("5"));
}

TEST(graph, parents_come_before_children_whatever_their_numbers) {
    const graph g = make_graph({"5 <-", "1 <- 5", "3 <- 1", "2 <- 5"});
    EXPECT_THAT(g.ordered({"1", "2", "3", "5"}), ElementsAre("5", "1", "2", "3"));
    EXPECT_THAT(g.ancestors({"3"}), ElementsAre("1", "3", "5"));
    EXPECT_THAT(g.descendants("5"), ElementsAre("1", "2", "3"));
    EXPECT_THAT(g.children("5"), ElementsAre("1", "2"));
}

TEST(graph, current_is_what_nothing_applied_follows) {
    const graph g = make_graph({"1 <-", "2 <- 1", "3 <- 1", "4 <- 2 3"});
    EXPECT_THAT(g.heads_of({"1", "2", "3"}), ElementsAre("2", "3"));
    EXPECT_THAT(g.heads_of({"1", "2", "3", "4"}), ElementsAre("4"));
    EXPECT_THAT(g.heads_of({}), IsEmpty());
    EXPECT_THAT(g.heads_of({"1", "777"}), ElementsAre("1", "777"));
}

TEST(graph, a_file_put_before_an_applied_one_is_out_of_order) {
    const graph g = make_graph({"1", "2", "3"});
    EXPECT_THAT(g.out_of_order({"1", "3"}), ElementsAre("2"));
    EXPECT_THAT(g.out_of_order({"1", "2"}), IsEmpty());
}

TEST(graph, all_problems_are_reported_with_their_files) {
    auto scripts = make_scripts({"1 <-", "2 <- 9", "3 <- 1 8"});
    scripts.push_back(scripts.front());
    scripts.back().file = "1_other.sql";
    const graph_report report = build_graph(std::move(scripts));
    EXPECT_TRUE(report.graph.empty());
    ASSERT_EQ(report.problems.size(), 3U);
    EXPECT_EQ(report.problems[0].code, make_error_code(errc::duplicate_revision));
    EXPECT_THAT(report.problems[0].message, HasSubstr("versions/1_other.sql"));
    EXPECT_THAT(report.problems[0].message, HasSubstr("versions/1_x.sql"));
    EXPECT_EQ(report.problems[1].code, make_error_code(errc::missing_parent));
    EXPECT_THAT(report.problems[1].message, HasSubstr("versions/2_x.sql:2: the parent 9"));
    EXPECT_THAT(report.problems[2].message, HasSubstr("the parent 8"));
}

TEST(graph, a_cycle_names_the_files_on_it_and_only_those) {
    const graph_report report =
        build_graph(make_scripts({"1 <-", "2 <- 4", "3 <- 2", "4 <- 3", "5 <- 4", "0 <- 5"}));
    ASSERT_EQ(report.problems.size(), 1U);
    EXPECT_EQ(report.problems[0].code, make_error_code(errc::revision_cycle));
    for (const char* file : {"2_x.sql", "3_x.sql", "4_x.sql"})
        EXPECT_THAT(report.problems[0].message, HasSubstr(file));
    for (const char* file : {"1_x.sql", "5_x.sql", "0_x.sql"})
        EXPECT_THAT(report.problems[0].message, Not(HasSubstr(file)));
    const graph_report self = build_graph(make_scripts({"1 <- 1"}));
    ASSERT_EQ(self.problems.size(), 1U);
    EXPECT_THAT(self.problems[0].message, HasSubstr("its own parent"));
}

TEST(graph, no_files_are_an_empty_graph) {
    const graph_report report = build_graph({});
    EXPECT_TRUE(report.graph.empty());
    EXPECT_THAT(report.problems, IsEmpty());
    EXPECT_THAT(report.graph.heads(), IsEmpty());
}

TEST(graph, versions_compare_as_numbers_of_any_length) {
    EXPECT_TRUE(version_less("9", "10"));
    EXPECT_TRUE(version_less("20261121100000", "120261121100000"));
    EXPECT_TRUE(version_less("0009", "10"));
    EXPECT_FALSE(version_less("10", "9"));
    EXPECT_NE(version_less("01", "1"), version_less("1", "01"));
}

TEST(graph, versions_with_dots_compare_part_by_part) {
    EXPECT_TRUE(version_less("1.9", "1.10.0"));
    EXPECT_TRUE(version_less("1.10.0", "1.10.1"));
    EXPECT_TRUE(version_less("1.10", "2"));
    EXPECT_TRUE(version_less("1", "1.0.1"));
    EXPECT_FALSE(version_less("1.2.0", "1.1.99"));
    EXPECT_TRUE(same_version("1.0", "1"));
    EXPECT_TRUE(same_version("007", "7"));
    EXPECT_FALSE(same_version("1.10", "1.1"));
    EXPECT_FALSE(same_version("", "1"));
}
