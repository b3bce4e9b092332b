#include "migrate/snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

using schema::fact_id;
using schema::kind;

const fact_id table_id(kind::table, {"public", "users"});
const fact_id column_id(kind::column, {"public", "users", "name"});

data_snapshot two_rows() {
    table_snapshot users;
    users.schema = "public";
    users.name = "users";
    users.file = "100";
    users.rows = 2;
    users.columns[1] = {"id", "integer", false, 2, "11"};
    users.columns[2] = {"name", "text", false, 2, "22"};
    return {{7, users}};
}

schema::planned_statement losing(const fact_id& what) {
    schema::planned_statement s;
    s.loses.push_back(what);
    return s;
}

} // namespace

TEST(unannounced, is_nothing_when_all_is_as_it_was) {
    data_snapshot after = two_rows();
    after[7].name = "people"; // a rename is no loss
    after[7].columns[3] = {"new", "text", false, 0, "0"};
    EXPECT_THAT(unannounced(two_rows(), after, {}), IsEmpty());
}

TEST(unannounced, is_a_table_that_is_gone_also_when_another_has_its_name) {
    data_snapshot after;
    after[8] = two_rows()[7];
    EXPECT_THAT(unannounced(two_rows(), after, {}),
                ElementsAre("table public.users: it is gone with its rows"));
    EXPECT_THAT(unannounced(two_rows(), after, {losing(table_id)}), IsEmpty());
}

TEST(unannounced, is_a_row_less) {
    data_snapshot after = two_rows();
    after[7].rows = 1;
    EXPECT_THAT(unannounced(two_rows(), after, {}),
                ElementsAre("table public.users: 1 of 2 rows are gone"));
}

TEST(unannounced, is_a_column_that_is_gone_or_emptied_or_changed) {
    data_snapshot after = two_rows();
    after[7].columns.erase(2);
    EXPECT_THAT(unannounced(two_rows(), after, {}),
                ElementsAre("column public.users.name: its values are gone"));
    EXPECT_THAT(unannounced(two_rows(), after, {losing(column_id)}), IsEmpty());
    after = two_rows();
    after[7].columns[2].filled = 1;
    EXPECT_THAT(unannounced(two_rows(), after, {}),
                ElementsAre(HasSubstr("1 of 2 values are gone")));
    after = two_rows();
    after[7].columns[2].digest = "23";
    EXPECT_THAT(unannounced(two_rows(), after, {}),
                ElementsAre(HasSubstr("its values are others")));
}

TEST(unannounced, is_not_how_values_look_after_a_change_of_type) {
    data_snapshot after = two_rows();
    after[7].columns[1].type = "bigint";
    after[7].columns[1].digest = "99";
    EXPECT_THAT(unannounced(two_rows(), after, {}), IsEmpty());
}

TEST(unannounced, is_not_what_is_derived) {
    data_snapshot before = two_rows();
    before[7].columns[2].generated = true;
    data_snapshot after = two_rows();
    after[7].columns.erase(2);
    EXPECT_THAT(unannounced(before, after, {}), IsEmpty());
}

TEST(unannounced, is_a_rewrite) {
    data_snapshot after = two_rows();
    after[7].file = "101";
    EXPECT_THAT(unannounced(two_rows(), after, {}),
                ElementsAre("table public.users: it is rewritten, and that was not announced"));
    schema::planned_statement said;
    said.rewrites.push_back(table_id);
    EXPECT_THAT(unannounced(two_rows(), after, {said}), IsEmpty());
}

TEST(rows_in, counts_all_tables) {
    data_snapshot all = two_rows();
    all[8] = all[7];
    EXPECT_EQ(rows_in(all), 4U);
}
