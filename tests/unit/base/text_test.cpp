#include "base/text.hpp"

#include <gtest/gtest.h>

#include <array>

using namespace headspace;

TEST(text, a_typing_error_finds_the_word_that_was_meant) {
    constexpr std::array<std::string_view, 3> keys{"port", "password", "pool_size"};
    EXPECT_EQ(did_you_mean("prot", keys), "port");
    EXPECT_EQ(did_you_mean("pasword", keys), "password");
    EXPECT_EQ(did_you_mean("pool_sise", keys), "pool_size");
    EXPECT_EQ(did_you_mean("completely_else", keys), "");
}

TEST(text, utf8_is_told_from_latin1_surrogates_and_overlong_forms) {
    EXPECT_TRUE(is_utf8("gr\xC3\xBC\xC3\x9F \xF0\x9F\x90\x98"));
    EXPECT_FALSE(is_utf8("gr\xFC\xDF"));
    EXPECT_FALSE(is_utf8("\xED\xA0\x80"));
    EXPECT_FALSE(is_utf8("\xC0\xAF"));
    EXPECT_FALSE(is_utf8("\xE2\x82"));
}

TEST(text, split_keeps_empty_parts_and_join_puts_them_back) {
    const auto parts = split("a,,b,", ',');
    EXPECT_EQ(parts.size(), 4U);
    EXPECT_EQ(join(parts, ","), "a,,b,");
}
