#include "revisions/text_diff.hpp"

#include <gtest/gtest.h>

using headspace::revisions::diff_options;
using headspace::revisions::unified_diff;

namespace {

std::string diff(std::string_view from, std::string_view to, diff_options options = {}) {
    options.from = "a";
    options.to = "b";
    return unified_diff(from, to, options);
}

} // namespace

TEST(text_diff, of_equal_texts_is_empty) {
    EXPECT_EQ(diff("", ""), "");
    EXPECT_EQ(diff("one\ntwo\n", "one\ntwo\n"), "");
}

TEST(text_diff, shows_a_changed_line_with_three_lines_around_it) {
    EXPECT_EQ(diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
              "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(text_diff, gives_changes_far_apart_hunks_of_their_own) {
    EXPECT_EQ(diff("a\n1\n2\n3\n4\n5\n6\n7\nz\n", "A\n1\n2\n3\n4\n5\n6\n7\nZ\n"),
              "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
              "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-z\n+Z\n");
}

TEST(text_diff, joins_changes_whose_surroundings_touch) {
    EXPECT_EQ(diff("a\n1\n2\n3\n4\n5\n6\nz\n", "A\n1\n2\n3\n4\n5\n6\nZ\n"),
              "--- a\n+++ b\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-z\n+Z\n");
}

TEST(text_diff, finds_the_shortest_way) {
    // The example of Myers' paper.
    EXPECT_EQ(diff("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n"),
              "--- a\n+++ b\n@@ -1,7 +1,6 @@\n-a\n-b\n c\n+b\n a\n b\n-b\n a\n+c\n");
}

TEST(text_diff, names_the_line_before_an_empty_range) {
    EXPECT_EQ(diff("", "x\n"), "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
    EXPECT_EQ(diff("x\n", ""), "--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n");
}

TEST(text_diff, says_where_the_last_newline_is_missing) {
    EXPECT_EQ(diff("x\n", "x"),
              "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+x\n\\ No newline at end of file\n");
}

TEST(text_diff, shows_texts_that_share_too_little_as_replaced) {
    diff_options few;
    few.most_edits = 3;
    EXPECT_EQ(diff("same\n1\nx\n2\n", "same\n3\nx\n4\n", few),
              "--- a\n+++ b\n@@ -1,4 +1,4 @@\n same\n-1\n-x\n-2\n+3\n+x\n+4\n");
}

TEST(text_diff, counts_what_it_cuts_off) {
    diff_options few;
    few.most_lines = 5;
    EXPECT_EQ(diff("1\n2\n3\n", "4\n5\n6\n", few),
              "--- a\n+++ b\n@@ -1,3 +1,3 @@\n-1\n-2\n... 4 more lines\n");
}

TEST(text_diff, turned_around_is_the_way_back) {
    const std::string a = "1\n2\n3\nx\ny\n4\n";
    const std::string b = "0\n1\n3\ny\n4\n5\n";
    const auto count = [](const std::string& text, const std::string& what) {
        std::size_t n = 0;
        for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at)
            ++n;
        return n;
    };
    EXPECT_EQ(count(diff(a, b), "\n-"), 2U);
    EXPECT_EQ(count(diff(a, b), "\n+"), 3U); // one of them is the label
    EXPECT_EQ(count(diff(b, a), "\n-"), 2U);
}
