#include "lint/types.hpp"

#include <gtest/gtest.h>

using namespace headspace::lint;

namespace {
type_name type(const char* name, std::vector<long> modifiers = {}) {
    return {name, std::move(modifiers), false};
}
} // namespace

TEST(type_changes, widening_is_harmless) {
    EXPECT_TRUE(harmless_type_change(type("varchar", {20}), type("varchar", {40})));
    EXPECT_TRUE(harmless_type_change(type("varchar", {20}), type("varchar")));
    EXPECT_TRUE(harmless_type_change(type("varchar", {20}), type("text")));
    EXPECT_TRUE(harmless_type_change(type("text"), type("varchar")));
    EXPECT_TRUE(harmless_type_change(type("numeric", {10, 2}), type("numeric", {12, 2})));
    EXPECT_TRUE(harmless_type_change(type("numeric", {10, 2}), type("numeric")));
    EXPECT_TRUE(harmless_type_change(type("timestamptz", {3}), type("timestamptz")));
    EXPECT_TRUE(harmless_type_change(type("interval", {3}), type("interval", {6})));
    EXPECT_TRUE(harmless_type_change(type("cidr"), type("inet")));
    EXPECT_TRUE(harmless_type_change(type("int4"), type("int4")));
}

TEST(type_changes, everything_else_is_not) {
    EXPECT_FALSE(harmless_type_change(type("varchar", {20}), type("varchar", {10})));
    EXPECT_FALSE(harmless_type_change(type("varchar"), type("varchar", {10})));
    EXPECT_FALSE(harmless_type_change(type("text"), type("varchar", {10})));
    EXPECT_FALSE(harmless_type_change(type("bpchar", {3}), type("text")));
    EXPECT_FALSE(harmless_type_change(type("numeric", {10, 2}), type("numeric", {12, 3})));
    EXPECT_FALSE(harmless_type_change(type("numeric"), type("numeric", {12, 3})));
    EXPECT_FALSE(harmless_type_change(type("int4"), type("int8")));
    EXPECT_FALSE(harmless_type_change(type("timestamp"), type("timestamptz")));
    EXPECT_FALSE(harmless_type_change(type("inet"), type("cidr")));
    EXPECT_FALSE(harmless_type_change({"int4", {}, true}, type("int4")));
    EXPECT_FALSE(harmless_type_change({"varchar", {2}, true}, {"text", {}, true}));
}
