#include "revisions/splitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::revisions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

std::vector<std::string> split(std::string_view sql) {
    const auto found = split_statements(sql, "x.sql");
    if (!found)
        return {"error: " + found.error().message};
    std::vector<std::string> texts;
    for (const statement& s : *found)
        texts.push_back(s.text);
    return texts;
}

error problem(std::string_view sql) {
    const auto found = split_statements(sql, "x.sql");
    if (found)
        ADD_FAILURE() << "accepted: " << sql;
    return found ? error{} : found.error();
}

} // namespace

TEST(splitter, statements_end_at_semicolons_and_the_last_one_needs_none) {
    EXPECT_THAT(split("select 1; select 2;\nselect 3"),
                ElementsAre("select 1", "select 2", "select 3"));
    EXPECT_THAT(split(""), ElementsAre());
    EXPECT_THAT(split(" ;; -- nothing\n ; /* still nothing */"), ElementsAre());
}

TEST(splitter, a_statement_knows_its_line_and_column_in_characters) {
    const auto found = split_statements("-- head\n\n  select 'äö'; select 2", "x.sql", 10);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ((*found)[0].line, 12U);
    EXPECT_EQ((*found)[0].column, 3U);
    EXPECT_EQ((*found)[0].begin, 0U);
    EXPECT_EQ((*found)[0].offset, 11U);
    EXPECT_EQ((*found)[1].line, 12U);
    EXPECT_EQ((*found)[1].column, 16U);
}

TEST(splitter, comments_before_a_statement_are_left_out_and_those_inside_stay) {
    EXPECT_THAT(split("/* a */ -- b\nselect /* c; */ 1 -- d;\n + 1 -- e\n; -- f"),
                ElementsAre("select /* c; */ 1 -- d;\n + 1"));
}

TEST(splitter, block_comments_nest) {
    EXPECT_THAT(split("select /* a /* b; */ c; */ 1; select 2"),
                ElementsAre("select /* a /* b; */ c; */ 1", "select 2"));
}

TEST(splitter, quotes_hide_semicolons) {
    EXPECT_THAT(split(R"(select 'a;''b'; select "c;""d"; select 3)"),
                ElementsAre("select 'a;''b'", "select \"c;\"\"d\"", "select 3"));
}

TEST(splitter, a_backslash_escapes_only_in_e_strings) {
    EXPECT_THAT(split(R"(select 'a\'; select E'b\';c'; select e'\\'; select 4)"),
                ElementsAre(R"(select 'a\')", R"(select E'b\';c')", R"(select e'\\')", "select 4"));
    EXPECT_THAT(split(R"(select U&'\0061\'; select b'01'; select X'1F'; select n'\'; select 5)"),
                ElementsAre(R"(select U&'\0061\')", "select b'01'", "select X'1F'",
                            R"(select n'\')", "select 5"));
    EXPECT_THAT(split(R"(select fooe'\'; select 2)"), ElementsAre(R"(select fooe'\')", "select 2"));
}

TEST(splitter, an_e_string_goes_on_after_a_line_end_and_still_escapes) {
    EXPECT_THAT(split("select E'a' -- why\n 'b\\';' ; select 2"),
                ElementsAre("select E'a' -- why\n 'b\\';'", "select 2"));
    // On one line the second quote begins another, plain string.
    EXPECT_THAT(split("select E'a' 'b\\'; select 2"), ElementsAre("select E'a' 'b\\'", "select 2"));
}

TEST(splitter, switching_standard_conforming_strings_off_is_honoured) {
    EXPECT_THAT(split("SET standard_conforming_strings = off; select 'a\\';b'; reset all; select "
                      "'\\'; select 1"),
                ElementsAre("SET standard_conforming_strings = off", "select 'a\\';b'", "reset all",
                            "select '\\'", "select 1"));
}

TEST(splitter, dollar_quotes_match_their_tag_exactly) {
    EXPECT_THAT(
        split("do $$ a; $b$ ; $$; do $X$ ; $x$ ; $$ ; $X$; do $é$ ; $é$; select 1"),
        ElementsAre("do $$ a; $b$ ; $$", "do $X$ ; $x$ ; $$ ; $X$", "do $é$ ; $é$", "select 1"));
    // Not a quote: after an identifier character, with a digit first, or a parameter.
    EXPECT_THAT(split("select a$b$; select c$b$; select $1; select $1a$"),
                ElementsAre("select a$b$", "select c$b$", "select $1", "select $1a$"));
}

TEST(splitter, operators_stop_before_comments) {
    EXPECT_THAT(split("select 1 +-- ;\n 2; select 3 */* ; */ 4"),
                ElementsAre("select 1 +-- ;\n 2", "select 3 */* ; */ 4"));
}

TEST(splitter, parentheses_hide_semicolons_as_in_create_rule) {
    EXPECT_THAT(
        split("create rule r as on insert to t do also (select 1; select 2); select 3"),
        ElementsAre("create rule r as on insert to t do also (select 1; select 2)", "select 3"));
}

TEST(splitter, a_begin_atomic_body_is_one_statement_and_its_cases_count) {
    const std::string body =
        "CREATE OR REPLACE FUNCTION f(a int DEFAULT (CASE WHEN true THEN 1 END)) "
        "RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE a WHEN 1 THEN 2 END; END";
    EXPECT_THAT(split(body + "; select 2"), ElementsAre(body, "select 2"));
    EXPECT_THAT(split("create procedure p() begin atomic select 1; end; begin; end"),
                ElementsAre("create procedure p() begin atomic select 1; end", "begin", "end"));
}

TEST(splitter, begin_outside_of_a_function_is_no_body) {
    EXPECT_THAT(split("begin; create table function_begin (a int); commit"),
                ElementsAre("begin", "create table function_begin (a int)", "commit"));
    EXPECT_THAT(split("create table t (a int); insert into t values (1); end"),
                ElementsAre("create table t (a int)", "insert into t values (1)", "end"));
}

TEST(splitter, psql_meta_commands_are_refused_with_their_line) {
    const error e = problem("select 1;\n\\connect other\nselect 2;");
    EXPECT_EQ(e.code, make_error_code(errc::malformed_file));
    EXPECT_EQ(e.line, 2U);
    EXPECT_THAT(e.message, HasSubstr("x.sql:2: psql meta-command \\connect"));
    EXPECT_THAT(problem("select 1 \\; select 2").message, HasSubstr("\\;"));
    EXPECT_THAT(problem("\\restrict abc").message, HasSubstr("\\restrict"));
    EXPECT_THAT(split("select '\\d', \"\\d\", $$\\d$$ -- \\d\n"),
                ElementsAre("select '\\d', \"\\d\", $$\\d$$"));
}

TEST(splitter, psql_variables_are_refused_and_colons_of_sql_are_not) {
    EXPECT_THAT(problem("select :name").message, HasSubstr("psql variable :name"));
    EXPECT_THAT(problem("select * from t where a = :'v' limit 1").message, HasSubstr(":'v'"));
    EXPECT_THAT(problem("select :\"column\" from t").message, HasSubstr(":\"column\""));
    EXPECT_THAT(problem("\nselect :{?x}").message, HasSubstr("x.sql:2"));
    EXPECT_THAT(problem("select * from t limit :n;").message, HasSubstr(":n"));
    for (const char* sql : {"select a::text", "select a[1:2], a[x:y], a[:n]", "select f(a := 1)",
                            "select '{\"a\":b}'::jsonb", "select ':name', \":name\"",
                            "select json_object('a':b, 'c': 'd')", "select a :: int",
                            "select a[f(1):g(2)]", "select -- :name\n 1", "select $$:name$$"})
        EXPECT_THAT(split(sql), ElementsAre(sql));
}

TEST(splitter, copy_from_stdin_is_refused_and_other_copies_are_not) {
    std::string columns = "a0";
    for (int i = 1; i < 200; ++i)
        columns += ", a" + std::to_string(i);
    const error e =
        problem("select 1;\nCOPY public.t (" + columns + ") FROM stdin;\n1\tit's\n\\.\n");
    EXPECT_EQ(e.line, 2U);
    EXPECT_THAT(e.message, HasSubstr("COPY ... FROM STDIN"));
    EXPECT_THAT(split("copy t from '/tmp/x'; copy (select * from stdin) to stdout"),
                ElementsAre("copy t from '/tmp/x'", "copy (select * from stdin) to stdout"));
}

TEST(splitter, what_is_never_closed_is_named_with_the_line_where_it_began) {
    EXPECT_THAT(problem("select 1;\n\nselect 'a\nb\n").message, HasSubstr("x.sql:3: the string"));
    EXPECT_THAT(problem("\nselect \"a").message, HasSubstr("x.sql:2: the quoted name"));
    EXPECT_THAT(problem("\n\ndo $$ begin\n\n").message, HasSubstr("x.sql:3: the dollar-quoted"));
    EXPECT_THAT(problem("/* a /* b */\n").message, HasSubstr("x.sql:1: the comment"));
    EXPECT_THAT(problem("create table t (\n a int,\n b numeric(1,2)\n;\n").message,
                HasSubstr("x.sql:1: the parenthesis"));
    EXPECT_THAT(problem("create function f() returns int\nbegin atomic\n select 1;").message,
                HasSubstr("x.sql:2: the function body"));
    EXPECT_THAT(problem("select E'\\").message, HasSubstr("the string"));
    EXPECT_THAT(problem("select E'\\'").message, HasSubstr("the string"));
}

TEST(splitter, stray_closing_brackets_are_left_to_the_server) {
    EXPECT_THAT(split("select 1); select ]; select (a[); select 2"),
                ElementsAre("select 1)", "select ]", "select (a[)", "select 2"));
}

TEST(splitter, a_lone_carriage_return_ends_a_comment_as_it_does_for_the_server) {
    const auto found = split_statements("-- a\rselect 1;\r\nselect 2", "x.sql");
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ((*found)[0].line, 2U);
    EXPECT_EQ((*found)[1].line, 3U);
}

TEST(splitter, long_lists_deep_nesting_and_long_lines_are_no_trouble) {
    std::string rows = "insert into t values (0)";
    for (int i = 1; i < 30000; ++i)
        rows += ",(" + std::to_string(i) + ")";
    EXPECT_EQ(split(rows + ";" + rows).size(), 2U);
    const std::string deep = "select " + std::string(50000, '(') + "1" + std::string(50000, ')');
    EXPECT_EQ(split(deep).size(), 1U);
    std::string one_line;
    for (int i = 0; i < 50000; ++i)
        one_line += "select 'ä'; ";
    const auto found = split_statements(one_line, "x.sql");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->back().column, 49999U * 12 + 1);
}
