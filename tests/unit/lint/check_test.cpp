// What the rules know of the rest of the file: tables made in it, both halves, comments, types.
#include "support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::lint;
using namespace headspace::lint::testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(lint_same_file, nothing_is_said_of_a_table_that_the_file_made) {
    const std::string made = "create table app.n (a bigint, b text);";
    for (const char* then :
         {"create index on app.n (a)", "alter table app.n add foreign key (a) references o (id)",
          "alter table n alter a set not null", "alter table app.n rename a to c",
          "alter table app.n add c uuid default gen_random_uuid()",
          "alter table app.n add unique (a)", "alter table app.n drop b", "drop table app.n",
          "alter table app.n alter a type text", "update app.n set a = 1",
          "create index i on n (a); drop index i", "alter table n add primary key (a)"})
        EXPECT_THAT(broken_by(made + then), IsEmpty()) << then;
    EXPECT_THAT(broken_by("create table other.n (a bigint); create index on app.n (a)"),
                ElementsAre("require-concurrent-index-creation"));
}

TEST(lint_same_file, a_table_is_made_by_select_into_and_by_create_table_as_too) {
    EXPECT_THAT(broken_by("create table n as select 1 as a; create index on n (a)"), IsEmpty());
    EXPECT_THAT(broken_by("select 1 as a into n; create index on n (a)"), IsEmpty());
    EXPECT_THAT(broken_by("create materialized view n as select 1 as a; create index on n (a)"),
                IsEmpty());
    EXPECT_THAT(broken_by("create table n (a bigint); alter table n rename to m;"
                          "create index on m (a)"),
                IsEmpty());
}

TEST(lint_same_file, a_table_of_another_file_is_not_new) {
    const auto first = script_of("-- migrate:up\ncreate table n (a bigint);", "1_a.sql");
    const auto second = script_of("-- migrate:up\ncreate index on n (a);", "2_b.sql");
    const std::vector<input> both{{&first}, {&second}};
    const auto found = check(both);
    ASSERT_TRUE(found.has_value());
    ASSERT_THAT(names_of(*found), ElementsAre("require-concurrent-index-creation"));
    EXPECT_EQ(found->front().file, "versions/2_b.sql");
    EXPECT_EQ(found->front().revision, "2");
}

TEST(lint_same_file, a_column_made_in_it_may_be_not_null_when_a_check_was_validated) {
    EXPECT_THAT(broken_by("alter table t validate constraint c; alter table t alter a set not null;"
                          "alter table t drop constraint c"),
                IsEmpty());
    EXPECT_THAT(broken_by("alter table t add constraint c check (b is not null) not valid;"
                          "alter table t alter a set not null"),
                ElementsAre("adding-not-nullable-field"));
}

TEST(lint_types, a_change_is_harmless_when_the_files_before_say_so) {
    const auto first =
        script_of("-- migrate:up\ncreate table t (a varchar(20), b varchar(20));", "1_a.sql");
    const auto second = script_of(
        "-- migrate:up\nalter table t alter a type varchar(40);\nalter table t alter b type "
        "varchar(10);\nalter table t alter a type text using a || 'x';",
        "2_b.sql");
    const std::vector<input> both{{&first, false}, {&second}};
    options how;
    how.disable = {"prefer-text-field"};
    const auto found = check(both, how);
    ASSERT_TRUE(found.has_value());
    ASSERT_THAT(names_of(*found), ElementsAre("changing-column-type", "changing-column-type"));
    EXPECT_EQ(found->at(0).line, 3U);
    EXPECT_EQ(found->at(1).line, 4U);
}

TEST(lint_halves, a_down_is_not_blamed_for_undoing) {
    const auto found = findings_of(script_of("-- migrate:up\ncreate table n (a bigint);\n"
                                             "-- migrate:down\ndrop table n;\n"
                                             "alter table t drop a;\ncreate index on t (b);\n"));
    EXPECT_THAT(found, IsEmpty());
}

TEST(lint_halves, what_fails_in_a_down_is_said) {
    const auto found = findings_of(script_of("-- migrate:up\nselect 1;\n"
                                             "-- migrate:down\n"
                                             "create index concurrently i on t (a);\n"));
    ASSERT_THAT(names_of(found), ElementsAre("ban-concurrent-index-creation-in-transaction"));
    EXPECT_TRUE(found.front().down);
    EXPECT_EQ(found.front().line, 4U);
}

TEST(lint_halves, a_pair_around_everything_that_the_runner_takes_off_is_no_finding) {
    EXPECT_THAT(broken_by("begin;\nalter table t add a bigint;\ncommit;"), IsEmpty());
}

TEST(lint_destructive, a_marked_statement_is_meant) {
    EXPECT_THAT(broken_by("-- DESTRUCTIVE: nobody uses it\ndrop table t"), IsEmpty());
    EXPECT_THAT(broken_by("-- DESTRUCTIVE: nobody uses it\ndrop table t;\ndrop table u"),
                Contains("ban-drop-table"));
}

TEST(lint_comments, a_rule_is_ignored_on_the_line_before_or_the_same_line) {
    for (const char* sql :
         {"-- squawk-ignore ban-drop-column\nalter table t drop a;",
          "-- squawk-ignore renaming-table, ban-drop-column -- it is gone\nalter table t drop a;",
          "/* squawk-ignore ban-drop-column */\nalter table t\n  drop a;",
          "-- headspace:nolint\nalter table t drop a;",
          "-- headspace:nolint ban-drop-column renaming-table\nalter table t drop a;",
          "alter table t drop a; -- headspace:nolint ban-drop-column",
          "alter table t\n  drop a; -- headspace:nolint",
          "-- headspace:nolint ban-drop-column\n-- why\n\nalter table t drop a;",
          "select 1;\n-- squawk-ignore-file ban-drop-column\nalter table t drop a;",
          "alter table t drop a;\n-- squawk-ignore-file"})
        EXPECT_THAT(broken_by(sql), IsEmpty()) << sql;
}

TEST(lint_comments, they_cover_nothing_else) {
    for (const char* sql : {"-- squawk-ignore renaming-column\nalter table t drop a;",
                            "-- headspace:nolint\nselect 1;\nalter table t drop a;",
                            "select 1; -- headspace:nolint\nalter table t drop a;",
                            "-- squawk-ignore-file renaming-table\nalter table t drop a;",
                            "-- squawk-ignored\nalter table t drop a;",
                            "select '-- squawk-ignore-file';\nalter table t drop a;"})
        EXPECT_THAT(broken_by(sql), ElementsAre("ban-drop-column")) << sql;
}

TEST(lint_comments, in_the_header_they_are_neither_the_message_nor_an_unknown_directive) {
    const auto s = script_of("-- squawk-ignore-file\n-- headspace:nolint\n-- Drop a\n"
                             "-- migrate:up\nalter table t drop a;\n");
    EXPECT_EQ(s.message, "Drop a");
    EXPECT_THAT(findings_of(s), IsEmpty());
}

TEST(lint_options, rules_are_disabled_by_name_and_a_wrong_name_is_refused) {
    options how;
    how.disable = {"ban-drop-column"};
    EXPECT_THAT(broken_by("alter table t drop a", how), IsEmpty());
    how.disable = {"ban-drop-colum"};
    const auto wrong = check(std::span<const input>(), how);
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error().code, errc::usage);
    EXPECT_THAT(wrong.error().hint, HasSubstr("ban-drop-column"));
}

TEST(lint_places, line_and_column_are_those_of_the_part_that_is_meant) {
    const auto found = findings_of(script_of("-- migrate:up\n\n  alter table \"tä\" add a text,\n"
                                             "    add b uuid default gen_random_uuid();\n"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().line, 4U);
    EXPECT_EQ(found.front().column, 9U);
    EXPECT_EQ(found.front().subject, "tä.b");
    EXPECT_EQ(found.front().file, "versions/20261121100000_x.sql");
}

TEST(lint_syntax, one_statement_that_the_parser_does_not_know_costs_that_statement) {
    const auto found = findings_of(script_of("-- migrate:up\nselect * from (select 1);\n"
                                             "alter table t drop a;\nselct 1;\n"));
    ASSERT_THAT(names_of(found), ElementsAre("syntax-error", "ban-drop-column", "syntax-error"));
    EXPECT_EQ(found[0].level, severity::note);
    EXPECT_EQ(found[2].line, 4U);
    EXPECT_THAT(found[2].message(), HasSubstr("syntax error at or near \"selct\""));
}
