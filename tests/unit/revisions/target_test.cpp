#include "revisions/target.hpp"
#include "scripts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::revisions;
using namespace headspace::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

const std::optional<revision_set> nobody_asked;

graph line() {
    return make_graph({"101 <-", "102 <- 101", "103 <- 102", "213 <- 103"});
}

graph diamond() {
    return make_graph({"1 <-", "2 <- 1", "3 <- 1", "4 <- 2 3", "5 <- 4"});
}

graph forked() {
    return make_graph({"1 <-", "2 <- 1", "3 <- 1"});
}

template<class T>
errc code_of(const result<T>& r) {
    return r ? errc{} : static_cast<errc>(r.error().code.value());
}

} // namespace

TEST(target, symbols_name_revisions) {
    const graph g = line();
    EXPECT_THAT(resolve_target(g, "head", nobody_asked).value(), ElementsAre("213"));
    EXPECT_THAT(resolve_target(g, "heads", nobody_asked).value(), ElementsAre("213"));
    EXPECT_THAT(resolve_target(g, "base", nobody_asked).value(), IsEmpty());
    EXPECT_THAT(resolve_target(g, "current", revision_set{"101", "102"}).value(),
                ElementsAre("102"));
    EXPECT_EQ(code_of(resolve_target(g, "current", nobody_asked)), errc::usage);
}

TEST(target, an_id_may_have_dots) {
    const graph g = make_graph({"1.9 <-", "1.10.0 <- 1.9", "1.10.1 <- 1.10.0"});
    EXPECT_THAT(resolve_target(g, "1.10.0", nobody_asked).value(), ElementsAre("1.10.0"));
    EXPECT_THAT(resolve_target(g, "1.9+1", nobody_asked).value(), ElementsAre("1.10.0"));
    EXPECT_EQ(code_of(resolve_target(g, "1.", nobody_asked)), errc::usage);
    EXPECT_EQ(code_of(resolve_target(g, "1.1", nobody_asked)), errc::ambiguous_revision);
}

TEST(target, ids_may_be_shortened_while_they_are_unique) {
    const graph g = line();
    EXPECT_THAT(resolve_target(g, "102", nobody_asked).value(), ElementsAre("102"));
    EXPECT_THAT(resolve_target(g, "2", nobody_asked).value(), ElementsAre("213"));
    const auto several = resolve_target(g, "10", nobody_asked);
    EXPECT_EQ(code_of(several), errc::ambiguous_revision);
    EXPECT_THAT(several.error().message, HasSubstr("101, 102, 103"));
    const auto none = resolve_target(g, "999", nobody_asked);
    EXPECT_EQ(code_of(none), errc::unknown_revision);
    EXPECT_THAT(none.error().message, HasSubstr("Can't locate revision identified by '999'"));
    // A whole id wins over those that begin with it.
    const graph nested = make_graph({"1 <-", "10 <- 1"});
    EXPECT_THAT(resolve_target(nested, "1", nobody_asked).value(), ElementsAre("1"));
}

TEST(target, relative_revisions_walk_from_where_they_say) {
    const graph g = line();
    EXPECT_THAT(resolve_target(g, "101+2", nobody_asked).value(), ElementsAre("103"));
    EXPECT_THAT(resolve_target(g, "head-1", nobody_asked).value(), ElementsAre("103"));
    EXPECT_THAT(resolve_target(g, "base+1", nobody_asked).value(), ElementsAre("101"));
    EXPECT_THAT(resolve_target(g, "101-1", nobody_asked).value(), IsEmpty());
    EXPECT_THAT(resolve_target(g, "-1", revision_set{"101", "102"}).value(), ElementsAre("101"));
    EXPECT_THAT(resolve_target(g, "+1", revision_set{}).value(), ElementsAre("101"));
    EXPECT_EQ(code_of(resolve_target(g, "101-2", nobody_asked)), errc::unknown_revision);
    EXPECT_EQ(code_of(resolve_target(g, "head+1", nobody_asked)), errc::unknown_revision);
    EXPECT_EQ(code_of(resolve_target(g, "-1", nobody_asked)), errc::usage);
}

TEST(target, a_walk_that_could_go_two_ways_is_ambiguous) {
    const graph g = diamond();
    EXPECT_EQ(code_of(resolve_target(g, "1+1", nobody_asked)), errc::ambiguous_revision);
    EXPECT_EQ(code_of(resolve_target(g, "5-2", nobody_asked)), errc::ambiguous_revision);
}

TEST(target, head_with_several_heads_says_what_to_do) {
    const auto head = resolve_target(forked(), "head", nobody_asked);
    EXPECT_EQ(code_of(head), errc::several_heads);
    EXPECT_THAT(head.error().text(),
                HasSubstr("Multiple head revisions are present for given argument 'head': 2, 3"));
    EXPECT_THAT(resolve_target(forked(), "heads", nobody_asked).value(), ElementsAre("2", "3"));
}

TEST(target, what_is_not_of_the_grammar_is_a_usage_error) {
    for (const char* text : {"", "+", "-", "1+", "1+x", "a b", "1..2", "1:2", "--1", "@head",
                             "1+-1", "99999999999999999999999-99999999999999999999"})
        EXPECT_EQ(code_of(resolve_target(line(), text, revision_set{})), errc::usage) << text;
}

TEST(target, one_revision_is_exactly_one) {
    EXPECT_EQ(resolve_one(line(), "head", nobody_asked).value(), "213");
    EXPECT_EQ(code_of(resolve_one(forked(), "heads", nobody_asked)), errc::ambiguous_revision);
    EXPECT_EQ(code_of(resolve_one(line(), "base", nobody_asked)), errc::unknown_revision);
}

TEST(upgrade_path, it_is_what_is_missing_in_order) {
    const graph g = diamond();
    EXPECT_THAT(upgrade_path(g, {}, "head").value(), ElementsAre("1", "2", "3", "4", "5"));
    EXPECT_THAT(upgrade_path(g, {"1", "3"}, "4").value(), ElementsAre("2", "4"));
    EXPECT_THAT(upgrade_path(g, {"1", "2", "3", "4", "5"}, "head").value(), IsEmpty());
    EXPECT_THAT(upgrade_path(g, {"1", "2", "3", "4"}, "1").value(), IsEmpty());
    EXPECT_THAT(upgrade_path(forked(), {"1"}, "heads").value(), ElementsAre("2", "3"));
    EXPECT_THAT(upgrade_path(forked(), {"1"}, "3").value(), ElementsAre("3"));
    EXPECT_EQ(code_of(upgrade_path(forked(), {"1"}, "head")), errc::several_heads);
    EXPECT_THAT(upgrade_path(graph{}, {}, "head").value(), IsEmpty());
}

TEST(upgrade_path, plus_n_takes_the_next_n) {
    const graph g = diamond();
    EXPECT_THAT(upgrade_path(g, {}, "+2").value(), ElementsAre("1", "2"));
    EXPECT_THAT(upgrade_path(g, {"1", "2", "3"}, "+1").value(), ElementsAre("4"));
    const auto too_far = upgrade_path(g, {"1", "2", "3", "4"}, "+2");
    EXPECT_EQ(code_of(too_far), errc::unknown_revision);
    EXPECT_THAT(too_far.error().message,
                HasSubstr("Relative revision +2 didn't produce 2 migrations"));
    EXPECT_EQ(code_of(upgrade_path(g, {}, "-1")), errc::usage);
    EXPECT_THAT(upgrade_path(forked(), {}, "+1").value(), ElementsAre("1"));
    EXPECT_EQ(code_of(upgrade_path(forked(), {"1"}, "+1")), errc::ambiguous_revision);
}

TEST(downgrade_path, it_is_what_comes_after_the_target_backwards) {
    const graph g = diamond();
    const revision_set all{"1", "2", "3", "4", "5"};
    EXPECT_THAT(downgrade_path(g, all, "base").value(), ElementsAre("5", "4", "3", "2", "1"));
    EXPECT_THAT(downgrade_path(g, all, "2").value(), ElementsAre("5", "4"));
    EXPECT_THAT(downgrade_path(g, all, "head").value(), IsEmpty());
    EXPECT_THAT(downgrade_path(g, {"1", "2", "3"}, "2").value(), IsEmpty());
    EXPECT_THAT(downgrade_path(g, {}, "base").value(), IsEmpty());
    EXPECT_EQ(code_of(downgrade_path(g, {"1"}, "2")), errc::unknown_revision);
    EXPECT_THAT(downgrade_path(g, all, "head-1").value(), ElementsAre("5"));
}

TEST(downgrade_path, minus_n_reverts_the_last_n_even_across_a_merge) {
    const graph g = diamond();
    const revision_set all{"1", "2", "3", "4", "5"};
    EXPECT_THAT(downgrade_path(g, all, "-1").value(), ElementsAre("5"));
    EXPECT_THAT(downgrade_path(g, all, "-3").value(), ElementsAre("5", "4", "3"));
    EXPECT_EQ(code_of(downgrade_path(g, all, "-6")), errc::unknown_revision);
    EXPECT_EQ(code_of(downgrade_path(g, {}, "-1")), errc::unknown_revision);
    EXPECT_EQ(code_of(downgrade_path(g, all, "+1")), errc::usage);
    EXPECT_EQ(code_of(downgrade_path(g, {"1", "777"}, "-1")), errc::unknown_revision);
}

TEST(range, both_ends_are_included_and_may_be_left_out) {
    const graph g = line();
    EXPECT_THAT(resolve_range(g, "102:213", nobody_asked).value(),
                ElementsAre("213", "103", "102"));
    EXPECT_THAT(resolve_range(g, "103:", nobody_asked).value(), ElementsAre("213", "103"));
    EXPECT_THAT(resolve_range(g, ":102", nobody_asked).value(), ElementsAre("102", "101"));
    EXPECT_THAT(resolve_range(g, ":", nobody_asked).value(),
                ElementsAre("213", "103", "102", "101"));
    EXPECT_THAT(resolve_range(g, "-1:current", revision_set{"101", "102"}).value(),
                ElementsAre("102", "101"));
    EXPECT_THAT(resolve_range(g, "-2:head", nobody_asked).value(),
                ElementsAre("213", "103", "102"));
    EXPECT_THAT(resolve_range(g, "101:+1", nobody_asked).value(), ElementsAre("102", "101"));
    EXPECT_THAT(resolve_range(forked(), "2:", nobody_asked).value(), ElementsAre("2"));
    EXPECT_THAT(resolve_range(diamond(), "-2:head", nobody_asked).value(),
                ElementsAre("5", "4", "3"));
    EXPECT_EQ(resolve_range(g, "-9:head", nobody_asked).value().size(), 4U);
}

TEST(range, bad_ones_are_refused) {
    const graph g = line();
    EXPECT_EQ(code_of(resolve_range(g, "102", nobody_asked)), errc::usage);
    EXPECT_EQ(code_of(resolve_range(g, "1:2:3", nobody_asked)), errc::usage);
    EXPECT_EQ(code_of(resolve_range(g, "-1:+1", nobody_asked)), errc::usage);
    EXPECT_EQ(code_of(resolve_range(g, "+1:head", nobody_asked)), errc::usage);
    EXPECT_EQ(code_of(resolve_range(g, "-x:head", nobody_asked)), errc::usage);
    EXPECT_EQ(code_of(resolve_range(g, "101:-1", nobody_asked)), errc::unknown_revision);
    EXPECT_EQ(code_of(resolve_range(g, "213:101", nobody_asked)), errc::unknown_revision);
    EXPECT_EQ(code_of(resolve_range(g, "current:", nobody_asked)), errc::usage);
}

TEST(range, it_is_known_beforehand_whether_the_ledger_is_needed) {
    for (const char* text : {"current", "+1", "-1", "current:head", "base:current", "-1:current"})
        EXPECT_TRUE(needs_applied(text)) << text;
    for (const char* text : {"head", "base", "123", "123-1", "-3:head", "123:+1", ":"})
        EXPECT_FALSE(needs_applied(text)) << text;
}

TEST(target, a_branch_is_named_by_one_of_its_revisions) {
    const graph g = make_graph({"1 <-", "2 <- 1", "3 <- 1", "4 <- 3", "5 <- 3"});
    EXPECT_THAT(resolve_target(g, "2@head", nobody_asked).value(), ElementsAre("2"));
    EXPECT_EQ(code_of(resolve_target(g, "3@head", nobody_asked)), errc::several_heads);
    EXPECT_THAT(resolve_target(g, "3@heads", nobody_asked).value(), ElementsAre("4", "5"));
    EXPECT_THAT(resolve_target(g, "4@head-1", nobody_asked).value(), ElementsAre("3"));
    EXPECT_THAT(resolve_target(g, "5@3", nobody_asked).value(), ElementsAre("3"));
    EXPECT_THAT(resolve_target(g, "5@base", nobody_asked).value(), IsEmpty());
    EXPECT_THAT(resolve_target(g, "5@current", revision_set{"1", "2", "3"}).value(),
                ElementsAre("3"));
    EXPECT_EQ(code_of(resolve_target(g, "5@2", nobody_asked)), errc::unknown_revision);
    EXPECT_EQ(code_of(resolve_target(g, "9@head", nobody_asked)), errc::unknown_revision);
    EXPECT_EQ(code_of(resolve_target(g, "@head", nobody_asked)), errc::usage);
    EXPECT_EQ(code_of(resolve_target(g, "2@", nobody_asked)), errc::usage);
    EXPECT_TRUE(needs_applied("5@current"));
    EXPECT_TRUE(needs_applied("5@+1"));
    EXPECT_FALSE(needs_applied("5@head"));
}

TEST(target, upgrade_and_downgrade_keep_to_the_branch_that_is_named) {
    const graph g = make_graph({"1 <-", "2 <- 1", "3 <- 1", "4 <- 2", "5 <- 3"});
    EXPECT_THAT(upgrade_path(g, {}, "4@head").value(), ElementsAre("1", "2", "4"));
    EXPECT_THAT(upgrade_path(g, {"1", "2"}, "5@+1").value(), ElementsAre("3"));
    EXPECT_EQ(code_of(upgrade_path(g, {"1", "2", "3", "5"}, "5@+1")), errc::unknown_revision);
    const revision_set all{"1", "2", "3", "4", "5"};
    EXPECT_THAT(downgrade_path(g, all, "4@-2").value(), ElementsAre("4", "2"));
    EXPECT_EQ(code_of(downgrade_path(g, all, "4@-3")), errc::ambiguous_revision);
    EXPECT_THAT(downgrade_path(g, all, "4@base").value(), ElementsAre("5", "4", "3", "2", "1"));
    const graph apart = make_graph({"1 <-", "2 <- 1", "7 <-", "8 <- 7"});
    EXPECT_THAT(downgrade_path(apart, {"1", "2", "7", "8"}, "8@base").value(),
                ElementsAre("8", "7"));
}
