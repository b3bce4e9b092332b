#include "base/sql_quote.hpp"

#include <gtest/gtest.h>

#include <array>

using namespace headspace;

TEST(sql_quote, a_literal_survives_quotes_and_backslashes_in_both_string_modes) {
    EXPECT_EQ(quote_literal("it's"), "'it''s'");
    EXPECT_EQ(quote_literal("a\\'b"), "E'a\\\\''b'");
    EXPECT_EQ(quote_literal(""), "''");
}

TEST(sql_quote, an_identifier_is_always_quoted) {
    EXPECT_EQ(quote_identifier("we\"ird"), "\"we\"\"ird\"");
}

TEST(sql_quote, an_array_is_typed_also_when_it_is_empty) {
    EXPECT_EQ(quote_array({}), "ARRAY[]::text[]");
    const std::array<std::string, 2> two{"1", "2"};
    EXPECT_EQ(quote_array(two), "ARRAY['1','2']::text[]");
}
