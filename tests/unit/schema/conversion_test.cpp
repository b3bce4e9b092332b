#include "schema/conversion.hpp"
#include "schema_builder.hpp"

#include <gtest/gtest.h>

namespace headspace::schema {
namespace {

class conversions : public testing::Test {
protected:
    static conversion of(const std::string& from, const std::string& to) {
        const catalogue c =
            schema_builder().table("t").column("t", "a", from).column("t", "b", to).done();
        return convert(*c.find(fact_id(kind::column, {"public", "t", "a"})),
                       *c.find(fact_id(kind::column, {"public", "t", "b"})), c);
    }
};

TEST_F(conversions, between_whole_numbers_widen_in_silence_and_narrow_with_a_warning) {
    EXPECT_TRUE(of("integer", "bigint").loses.empty());
    EXPECT_TRUE(of("integer", "bigint").may_fail.empty());
    EXPECT_TRUE(of("integer", "bigint").rewrites);
    EXPECT_EQ(of("bigint", "integer").may_fail, "fails when a value is out of range");
    EXPECT_FALSE(of("bigint", "integer").needs_using);
}

TEST_F(conversions, that_only_relax_a_length_leave_the_table_alone) {
    EXPECT_FALSE(of("character varying(10)", "character varying(20)").rewrites);
    EXPECT_FALSE(of("character varying(10)", "character varying").rewrites);
    EXPECT_FALSE(of("character varying(10)", "text").rewrites);
    EXPECT_FALSE(of("numeric(10,2)", "numeric(12,2)").rewrites);
    EXPECT_FALSE(of("numeric(10,2)", "numeric").rewrites);
    EXPECT_TRUE(of("numeric(10,2)", "numeric(12,3)").rewrites);
    EXPECT_TRUE(of("character varying(20)", "character varying(10)").rewrites);
    EXPECT_TRUE(of("text", "character varying(10)").rewrites);
}

TEST_F(conversions, that_round_are_said_to_lose) {
    EXPECT_EQ(of("numeric(10,2)", "numeric(10,1)").loses, "rounded");
    EXPECT_EQ(of("numeric", "integer").loses, "rounded");
    EXPECT_EQ(of("timestamp with time zone", "date").loses, "rounded");
    EXPECT_EQ(of("timestamp with time zone", "text").loses, "");
}

TEST_F(conversions, with_an_explicit_cast_only_need_using) {
    EXPECT_TRUE(of("integer", "boolean").needs_using);
    EXPECT_TRUE(of("text", "integer").needs_using);
    EXPECT_FALSE(of("integer", "text").needs_using);
    EXPECT_TRUE(of("text", "integer[]").needs_using);
    EXPECT_FALSE(of("integer[]", "text").needs_using);
}

TEST_F(conversions, of_numbers_to_an_enum_go_by_the_names_of_its_values_if_these_are_numbers) {
    const auto both_ways = [](const attributes& aside) {
        schema_builder b;
        b.table("t").column("t", "number", "smallint");
        b.add(fact_id(kind::column, {"public", "t", "value"}), {{"type", "public.e"}}, aside);
        const catalogue c = b.done();
        const fact& number = *c.find(fact_id(kind::column, {"public", "t", "number"}));
        const fact& value = *c.find(fact_id(kind::column, {"public", "t", "value"}));
        return std::pair(convert(number, value, c), convert(value, number, c));
    };
    for (const conversion& c : {both_ways({{"class", "enum"}, {"numbers", "true"}}).first,
                                both_ways({{"class", "enum"}, {"numbers", "true"}}).second}) {
        EXPECT_TRUE(c.possible);
        EXPECT_TRUE(c.needs_using);
        EXPECT_TRUE(c.as_text);
        EXPECT_EQ(c.may_fail, "fails when a value is not one of the new type");
    }
    EXPECT_FALSE(both_ways({{"class", "enum"}}).first.possible);
    EXPECT_FALSE(both_ways({{"class", "enum"}}).second.possible);
}

TEST_F(conversions, without_any_cast_are_impossible) {
    EXPECT_FALSE(of("boolean", "date").possible);
    EXPECT_FALSE(of("integer", "integer[]").possible);
    EXPECT_TRUE(of("integer[]", "bigint[]").possible);
}

} // namespace
} // namespace headspace::schema
