// The child that parses may crash, hang or eat memory: each is an answer, and the next statement is
// parsed again.
#include "lint/parser.hpp"
#include "support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

using namespace headspace;
using namespace headspace::lint;
using namespace headspace::lint::testing;
using ::testing::HasSubstr;

namespace {

int open_files() {
    int n = 0;
    DIR* folder = ::opendir("/proc/self/fd");
    if (folder == nullptr)
        return -1;
    while (::readdir(folder) != nullptr)
        ++n;
    ::closedir(folder);
    return n;
}

/// A parser that does what the statement says.
parsed misbehave(const std::string& sql) {
    if (sql == "crash")
        ::raise(SIGSEGV);
    if (sql == "leave")
        ::_exit(3);
    if (sql == "hang")
        for (;;)
            ::pause();
    if (sql == "files")
        return {true, std::to_string(open_files()), 0};
    if (sql == "large")
        return {true, std::string(2'000'000, 'x'), 0};
    return {true, "echo " + sql, 7};
}

std::string answer_of(parser& p, std::string_view sql) {
    const auto said = p.parse(sql);
    if (const auto* none = std::get_if<no_answer>(&said))
        return "none: " + none->why;
    return std::get<parsed>(said).text;
}

std::string sum_of(std::size_t terms) {
    std::string sql = "select 1";
    for (std::size_t i = 1; i < terms; ++i)
        sql += "+1";
    return sql;
}

} // namespace

TEST(lint_parser, a_crash_is_an_answer_and_the_next_statement_is_parsed_again) {
    parser p({}, misbehave);
    EXPECT_EQ(answer_of(p, "a"), "echo a");
    EXPECT_THAT(answer_of(p, "crash"), HasSubstr("none: the parser was ended by signal 11"));
    EXPECT_EQ(answer_of(p, "b"), "echo b");
    EXPECT_EQ(answer_of(p, "leave"), "none: the parser ended with exit status 3");
    EXPECT_EQ(answer_of(p, "c"), "echo c");
}

TEST(lint_parser, one_that_hangs_is_ended_after_its_time) {
    limits bounds;
    bounds.statement_timeout = std::chrono::milliseconds(200);
    parser p(bounds, misbehave);
    EXPECT_EQ(answer_of(p, "hang"), "none: the parser took longer than 200ms");
    limits patient;
    parser again(patient, misbehave);
    EXPECT_EQ(answer_of(again, "b"), "echo b");
}

TEST(lint_parser, an_answer_that_is_too_large_is_not_taken) {
    limits bounds;
    bounds.answer_size = 1'000'000;
    parser p(bounds, misbehave);
    EXPECT_EQ(answer_of(p, "large"), "none: the statement's tree is too large to be looked at");
    EXPECT_EQ(answer_of(p, "b"), "echo b");
}

TEST(lint_parser, statements_and_answers_of_many_megabytes_pass) {
    parser p({}, misbehave);
    const std::string large(20'000'000, 'y');
    EXPECT_EQ(answer_of(p, large), "echo " + large);
    EXPECT_EQ(answer_of(p, "large").size(), 2'000'000U);
}

TEST(lint_parser, the_child_has_none_of_our_files) {
    const int extra = ::open("/dev/null", O_RDONLY); // without O_CLOEXEC
    ASSERT_GE(extra, 0);
    const int before = open_files();
    {
        parser p({}, misbehave);
        // ".", "..", the folder itself, 0, 1, 2 and its end of the socket
        EXPECT_LE(std::stoi(answer_of(p, "files")), 7);
    }
    EXPECT_EQ(open_files(), before) << "the parser left something open here";
    ::close(extra);
}

TEST(lint_parser, postgresql_s_own_says_where_the_error_is) {
    parser p{limits{}};
    const auto said = p.parse("select 'ä', from");
    ASSERT_TRUE(std::holds_alternative<parsed>(said));
    EXPECT_FALSE(std::get<parsed>(said).accepted);
    EXPECT_GT(std::get<parsed>(said).position, 0U);
    EXPECT_THAT(answer_of(p, "select 1"), HasSubstr("SelectStmt"));
}

TEST(lint_parser, an_expression_of_a_hundred_thousand_terms_is_a_message) {
    const auto found =
        findings_of(script_of("-- migrate:up\n" + sum_of(100'000) + ";\nalter table t drop a;\n"));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].line, 2U);
    EXPECT_THAT(found[0].rule, ::testing::AnyOf("not-checked", "parser-failed"));
    EXPECT_EQ(found[1].rule, "ban-drop-column");
}

TEST(lint_parser, when_the_stack_ends_in_it_the_message_names_file_and_line) {
    options how;
    how.limits.child_stack = std::size_t{8} << 20;
    const auto found = findings_of(
        script_of("-- migrate:up\n" + sum_of(400'000) + ";\nalter table t drop a;\n"), how);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].file, "versions/20261121100000_x.sql");
    EXPECT_EQ(found[0].line, 2U);
    EXPECT_EQ(found[0].level, severity::error);
    EXPECT_EQ(found[0].rule, "parser-failed");
    EXPECT_EQ(found[1].rule, "ban-drop-column");
}

TEST(lint_parser, after_too_many_failures_the_rest_is_given_up_aloud) {
    options how;
    how.limits.child_stack = std::size_t{8} << 20;
    how.limits.failures = 1;
    const auto found = findings_of(
        script_of("-- migrate:up\n" + sum_of(400'000) + ";\nalter table t drop a;\n"), how);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].rule, "parser-failed");
    EXPECT_THAT(found[1].message(), HasSubstr("failed too often"));
}
