#include "config/dotenv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace::config;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

/// The value that DATABASE_X gets from `assignment`.
std::string value_of(const std::string& assignment) {
    const dotenv_file file = parse_dotenv("DATABASE_X" + assignment, ".env");
    if (!file.errors.empty())
        return "error: " + file.errors.front().text();
    return std::string(file.variables.at("DATABASE_X").value.reveal());
}

std::string errors_of(const std::string& text) {
    std::string out;
    for (const diagnostic& error : parse_dotenv(text, ".env").errors)
        out += error.text() + "\n";
    return out;
}

} // namespace

TEST(dotenv, values_are_read_as_the_grammar_says) {
    EXPECT_EQ(value_of("=a b # c"), "a b");
    EXPECT_EQ(value_of("=un#q"), "un#q");
    EXPECT_EQ(value_of("=\"q\" # t"), "q");
    EXPECT_EQ(value_of("=\"x\\ny\\t\\\\\\\"\\$z\\d\""), "x\ny\t\\\"$z\\d");
    EXPECT_EQ(value_of("=back\\slash"), "back\\slash");
    EXPECT_EQ(value_of(" = spaced "), "spaced");
    EXPECT_EQ(value_of("='single $x \\n #'"), "single $x \\n #");
    EXPECT_EQ(value_of("=\"two\nlines\""), "two\nlines");
    EXPECT_EQ(value_of("='two\nlines'"), "two\nlines");
    EXPECT_EQ(value_of("="), "");
    EXPECT_EQ(value_of("=# comment"), "");
    EXPECT_EQ(value_of("=crlf\r\n"), "crlf");
    EXPECT_EQ(value_of("=\"quoted\"\r\n"), "quoted");
}

TEST(dotenv, nothing_is_expanded_but_an_attempt_is_named) {
    const dotenv_file file = parse_dotenv("DATABASE_PASSWORD=pa$$w${rd\n", ".env");
    EXPECT_EQ(file.variables.at("DATABASE_PASSWORD").value.reveal(), "pa$$w${rd");
    EXPECT_THAT(file.warnings,
                ElementsAre(".env:1: DATABASE_PASSWORD contains '${', which is not expanded here"));
    EXPECT_TRUE(parse_dotenv("DATABASE_PASSWORD='pa${rd'\n", ".env").warnings.empty());
}

TEST(dotenv, only_variables_of_ours_are_kept_and_export_is_allowed) {
    const dotenv_file file = parse_dotenv("\xEF\xBB\xBF# comment\n\nexport DATABASE_HOST=h\n"
                                          "  HEADSPACE_ENV=test\nPGUSER=u\nSECRET_KEY=x\n",
                                          ".env");
    ASSERT_TRUE(file.errors.empty());
    EXPECT_EQ(file.variables.size(), 3u);
    EXPECT_EQ(file.variables.at("DATABASE_HOST").line, 3u);
    EXPECT_EQ(file.variables.at("PGUSER").line, 5u);
}

TEST(dotenv, the_last_of_two_counts_and_is_warned_about) {
    const dotenv_file file = parse_dotenv("DATABASE_HOST=a\nDATABASE_HOST=b\n", ".env");
    EXPECT_EQ(file.variables.at("DATABASE_HOST").value.reveal(), "b");
    EXPECT_THAT(file.warnings,
                ElementsAre(".env:2: DATABASE_HOST is set again, the last one counts"));
}

TEST(dotenv, every_error_has_line_and_column_and_rejects_the_whole_file) {
    EXPECT_EQ(errors_of("DATABASE_HOST=h\nnot an assignment\n=x\n  1A=2\nDATABASE_X='a' b\n"
                        "DATABASE_Y=\"open\nmore\n"),
              ".env:2:5: expected '=' after the name\n"
              ".env:3:1: expected NAME=value\n"
              ".env:4:3: expected NAME=value\n"
              ".env:5:16: unexpected text after the closing quote\n"
              ".env:6:12: the quote is not closed\n");
    EXPECT_TRUE(parse_dotenv("DATABASE_HOST=h\nbad\n", ".env").variables.empty());
}

TEST(dotenv, an_error_never_repeats_a_value) {
    for (const char* text :
         {"DATABASE_PASSWORD='canary", "DATABASE_PASSWORD='x' canary", "DATABASE_PASSWORD canary",
          "canary@x", "DATABASE_PASSWORD=\"canary"}) {
        EXPECT_NE(errors_of(text), "") << text;
        EXPECT_THAT(errors_of(text), Not(HasSubstr("canary"))) << text;
    }
}
