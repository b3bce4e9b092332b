#include "migrate/seed_sql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

seed_column column(std::int32_t number, std::string name, char category, std::string base,
                   bool required = false) {
    seed_column c;
    c.number = number;
    c.name = std::move(name);
    c.type = base;
    c.base = std::move(base);
    c.category = category;
    c.required = required;
    return c;
}

std::vector<seed_table> child_and_parent() {
    seed_table child;
    child.oid = 1;
    child.schema = "public";
    child.name = "child";
    child.columns = {column(1, "id", 'N', "int4", true), column(2, "parent_id", 'N', "int4", true),
                     column(3, "note", 'S', "text")};
    child.references = {{2, {2}, {1}}};
    seed_table parent;
    parent.oid = 2;
    parent.schema = "public";
    parent.name = "parent";
    parent.columns = {column(1, "id", 'N', "int4", true)};
    return {child, parent};
}

} // namespace

TEST(seeds, fill_referenced_tables_first) {
    const auto all = child_and_parent();
    const auto order = in_reference_order(all);
    ASSERT_EQ(order.size(), 2U);
    EXPECT_EQ(order[0]->name, "parent");
    EXPECT_EQ(order[1]->name, "child");
}

TEST(seeds, come_to_an_end_when_tables_refer_to_each_other) {
    auto all = child_and_parent();
    all[1].references = {{1, {1}, {1}}};
    EXPECT_EQ(in_reference_order(all).size(), 2U);
}

TEST(seeds, take_a_reference_from_the_row_that_it_points_to) {
    const auto all = child_and_parent();
    EXPECT_EQ(seed_insert(all[0], all, 2, false),
              "INSERT INTO \"public\".\"child\" (\"id\", \"parent_id\", \"note\") VALUES "
              "(CAST('2' AS int4), (SELECT r.\"id\" FROM \"public\".\"parent\" r ORDER BY r.ctid "
              "LIMIT 1 OFFSET 1), CAST('s2' AS text))");
    EXPECT_THAT(seed_insert(all[0], all, 1, true), Not(HasSubstr("note")));
}

TEST(seeds, leave_to_the_server_what_it_fills_itself) {
    auto all = child_and_parent();
    all[1].columns[0].filled = true;
    EXPECT_EQ(seed_insert(all[1], all, 1, false),
              "INSERT INTO \"public\".\"parent\" DEFAULT VALUES");
}

TEST(seeds, keep_to_the_length_of_a_type) {
    seed_column c = column(1, "c", 'S', "varchar");
    c.typmod = 5; // varchar(1)
    c.type = "character varying(1)";
    EXPECT_EQ(seed_value(c, 1), "CAST('1' AS character varying(1))");
    c = column(1, "b", 'V', "bit");
    c.typmod = 3;
    EXPECT_EQ(seed_value(c, 1), "CAST('000' AS bit)");
}

TEST(seeds, know_a_value_of_each_common_type_and_pass_over_others) {
    EXPECT_EQ(seed_value(column(1, "c", 'U', "uuid"), 1),
              "CAST('00000000-0000-4000-8000-000000000001' AS uuid)");
    EXPECT_EQ(seed_value(column(1, "c", 'U', "jsonb"), 1), "CAST('{}' AS jsonb)");
    EXPECT_EQ(seed_value(column(1, "c", 'D', "timestamptz"), 2),
              "CAST('2000-01-02' AS timestamptz)");
    EXPECT_EQ(seed_value(column(1, "c", 'A', "_int4"), 2), "CAST('{}' AS _int4)");
    seed_column e = column(1, "c", 'E', "mood");
    e.typtype = 'e';
    e.label = "it's";
    EXPECT_EQ(seed_value(e, 1), "CAST('it''s' AS mood)");
    EXPECT_EQ(seed_value(column(1, "c", 'C', "pair"), 1), "");
}

TEST(seeds, try_each_row_in_a_block_of_its_own) {
    const auto all = child_and_parent();
    const std::string sql = seed_block(in_reference_order(all), all, 2);
    EXPECT_TRUE(sql.starts_with("DO ")) << sql;
    EXPECT_THAT(sql, HasSubstr("WHEN OTHERS THEN"));
    EXPECT_THAT(sql, HasSubstr("SET CONSTRAINTS ALL IMMEDIATE"));
}
