#include "migrate/sql_text.hpp"

#include <gtest/gtest.h>

using namespace headspace::migrate;

TEST(sql_text, blanks_the_literal_after_password) {
    EXPECT_EQ(blank_passwords("CREATE ROLE a PASSWORD 'canary' LOGIN"),
              "CREATE ROLE a PASSWORD *** LOGIN");
    EXPECT_EQ(blank_passwords("alter role a encrypted password E'can\\'ary'"),
              "alter role a encrypted password ***");
    EXPECT_EQ(blank_passwords("PASSWORD $x$canary$x$;"), "PASSWORD ***;");
    EXPECT_EQ(blank_passwords("OPTIONS (user 'a', password 'can''ary')"),
              "OPTIONS (user 'a', password ***)");
}

TEST(sql_text, blanks_a_password_that_is_cut_off) {
    EXPECT_EQ(blank_passwords("CREATE ROLE a PASSWORD 'cana"), "CREATE ROLE a PASSWORD ***");
}

TEST(sql_text, blanks_passwords_of_connection_strings_and_urls) {
    EXPECT_EQ(blank_passwords("CONNECTION 'host=a password=canary dbname=b'"),
              "CONNECTION 'host=a password=*** dbname=b'");
    EXPECT_EQ(blank_passwords("CONNECTION 'password=''can ary'' host=a'"),
              "CONNECTION 'password=*** host=a'");
    EXPECT_EQ(blank_passwords("to postgres://me:can@ary@db/x failed"),
              "to postgres://me:***@db/x failed");
}

TEST(sql_text, leaves_everything_else_alone) {
    EXPECT_EQ(blank_passwords("column \"password_hash\" does not exist"),
              "column \"password_hash\" does not exist");
    EXPECT_EQ(blank_passwords("see https://example.org/a:b@c"), "see https://example.org/a:b@c");
}

TEST(sql_text, a_long_first_line_is_cut_between_characters) {
    EXPECT_EQ(first_line("one\ntwo", 10), "one");
    EXPECT_EQ(first_line("ab\xC3\xA4", 3), "ab...");
}

TEST(sql_text, only_the_role_named_as_the_ledgers_schema_loses_its_own_schema_from_the_path) {
    EXPECT_EQ(without_own_schema("app", true), "");
    const std::string here = without_own_schema("headspace", true);
    EXPECT_TRUE(here.starts_with(";SELECT ")) << here;
    EXPECT_TRUE(here.ends_with("true)")) << here;
    EXPECT_TRUE(without_own_schema("headspace", false).ends_with("false)"));
}
