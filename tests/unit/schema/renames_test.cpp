#include "schema/rename_path.hpp"
#include "schema/renames.hpp"
#include "schema_builder.hpp"

#include <gmock/gmock.h>

namespace headspace::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

schema_builder with_table(const char* name, const char* column) {
    schema_builder b;
    b.table(name).column(name, column, "integer");
    return b;
}

std::vector<std::string> texts(const std::vector<planned_statement>& all) {
    std::vector<std::string> out;
    for (const planned_statement& s : all)
        out.push_back(s.sql);
    return out;
}

result<rename_plan> plan(const schema_builder& from, const schema_builder& to,
                         std::vector<stated_rename> renames) {
    for (stated_rename& r : renames)
        r.where = "a.sql:1";
    return plan_renames(from.done(), to.done(), renames);
}

TEST(rename_path, is_read_as_sql_reads_names) {
    EXPECT_THAT(parse_path("Public.Users.\"Full \"\"Name\"\"\"").value().names,
                ElementsAre("public", "users", "Full \"Name\""));
    EXPECT_THAT(parse_path(" area( integer, text ) ").value().names, ElementsAre("area"));
    EXPECT_EQ(parse_path("area(integer, text)").value().arguments, "integer, text");
    for (const char* wrong : {"", "a..b", "a.", "\"a", "a\"b\"", "f(x"})
        EXPECT_TRUE(parse_path(wrong).has_error()) << wrong;
}

TEST(renames, of_a_table_and_its_column_go_from_the_outside_in_and_back) {
    const auto p = plan(with_table("users", "name"), with_table("people", "full_name"),
                        {{"users.name", "people.full_name", ""}, {"users", "people", ""}})
                       .value();
    EXPECT_THAT(texts(p.forward),
                ElementsAre("ALTER TABLE public.users RENAME TO people",
                            "ALTER TABLE public.people RENAME COLUMN name TO full_name"));
    EXPECT_THAT(texts(p.backward),
                ElementsAre("ALTER TABLE public.people RENAME COLUMN full_name TO name",
                            "ALTER TABLE public.people RENAME TO users"));
    EXPECT_THAT(p.detected, ElementsAre("Detected rename of table 'users' to 'people'",
                                        "Detected rename of column 'users.name' to 'full_name'"));
}

TEST(renames, whose_old_name_is_gone_are_ignored_with_a_note) {
    const auto p = plan(with_table("people", "a"), with_table("people", "a"),
                        {{"public.users", "public.people", ""}})
                       .value();
    EXPECT_THAT(p.forward, IsEmpty());
    EXPECT_THAT(p.notes, ElementsAre(HasSubstr("a.sql:1: ignored, there is no public.users")));
}

TEST(renames, of_a_table_may_make_room_for_another_of_its_name) {
    auto both = with_table("t", "a");
    both.table("t_old").column("t_old", "a", "integer");
    const auto first = plan(with_table("t", "a"), both, {{"t", "t_old", "a.sql:1"}}).value();
    ASSERT_EQ(first.forward.size(), 1U);
    EXPECT_EQ(first.forward.front().sql, "ALTER TABLE public.t RENAME TO t_old");
    const auto again = plan(both, both, {{"t", "t_old", "a.sql:1"}}).value();
    EXPECT_THAT(again.forward, IsEmpty());
    EXPECT_THAT(again.notes,
                ElementsAre(HasSubstr("a.sql:1: ignored, both t and t_old are there")));
}

TEST(renames, that_contradict_what_is_declared_are_refused) {
    const auto message = [](const result<rename_plan>& p) {
        return p.has_error() ? p.error().text() : "no error";
    };
    auto both = with_table("t", "a");
    both.column("t", "b", "integer");
    EXPECT_THAT(message(plan(with_table("t", "a"), with_table("t", "a"), {{"t.a", "t.b", ""}})),
                HasSubstr("nothing that is declared has the new name"));
    EXPECT_THAT(message(plan(with_table("t", "a"), both, {{"t.a", "t.b", ""}})),
                HasSubstr("the old name is declared as well"));
    EXPECT_THAT(message(plan(both, with_table("t", "b"), {{"t.a", "t.b", ""}})),
                HasSubstr("the new name exists already"));
    EXPECT_THAT(message(plan(with_table("t", "a"), with_table("u", "b"), {{"t.a", "u.b", ""}})),
                HasSubstr("cannot move to public.u"));
    EXPECT_THAT(message(plan(with_table("t", "a"), with_table("t", "b"), {{"t.a", "t..b", ""}})),
                HasSubstr("a.sql:1"));
}

TEST(renames, are_offered_when_they_look_like_it_and_nobody_stated_them) {
    const auto p =
        plan_changes(with_table("t", "a").done(), with_table("t", "b").done(), {}).value();
    EXPECT_THAT(p.hints, ElementsAre(HasSubstr("-- @renamed public.t.a -> public.t.b")));
    const auto q =
        plan_changes(with_table("t", "a").done(), with_table("u", "a").done(), {}).value();
    EXPECT_THAT(q.hints, ElementsAre(HasSubstr("-- @renamed public.t -> public.u")));
}

} // namespace
} // namespace headspace::schema
