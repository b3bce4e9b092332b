#include "lint/comments.hpp"

#include <gtest/gtest.h>

using headspace::lint::ignore_comments;
using headspace::lint::span_of_lines;

TEST(ignore_comments, a_part_of_a_file_counts_from_its_own_first_line) {
    const ignore_comments ignored("-- squawk-ignore a\nselect 1;\n", 10);
    EXPECT_TRUE(ignored.cover("a", {11, 11, 11}));
    EXPECT_FALSE(ignored.cover("a", {10, 10, 10}));
    EXPECT_FALSE(ignored.cover("b", {11, 11, 11}));
}

TEST(ignore_comments, inside_a_statement_they_cover_the_next_line_of_it_only) {
    const ignore_comments ignored("alter table t\n-- squawk-ignore a\n add b int,\n add c int;\n");
    EXPECT_TRUE(ignored.cover("a", {3, 1, 4}));
    EXPECT_FALSE(ignored.cover("a", {4, 1, 4}));
}

TEST(ignore_comments, text_that_is_no_sql_is_read_as_far_as_it_goes) {
    const ignore_comments ignored("-- squawk-ignore a\nselect 'open\n-- squawk-ignore-file\n");
    EXPECT_FALSE(ignored.cover("b", {2, 2, 2}));
    const ignore_comments empty("");
    EXPECT_FALSE(empty.cover("a", {1, 1, 1}));
}
