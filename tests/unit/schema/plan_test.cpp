#include "schema/plan.hpp"
#include "schema_builder.hpp"

#include <gmock/gmock.h>

namespace headspace::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

fact_id table(const char* name) {
    return fact_id(kind::table, {"public", name});
}
fact_id column(const char* of, const char* name) {
    return fact_id(kind::column, {"public", of, name});
}

schema_plan plan(const schema_builder& from, const schema_builder& to, plan_options options = {}) {
    return plan_changes(from.done(), to.done(), options).value();
}

std::vector<std::string> texts(const schema_plan& p) {
    std::vector<std::string> out;
    for (const planned_statement& s : p.statements)
        out.push_back(s.sql);
    return out;
}

schema_builder users() {
    schema_builder b;
    b.table("users").column("users", "id", "integer", {{"not_null", "true"}});
    return b;
}

TEST(schema_plan, of_equal_catalogues_is_empty) {
    EXPECT_TRUE(plan(users(), users()).empty());
    EXPECT_THAT(plan(users(), users()).detected, IsEmpty());
}

TEST(schema_plan, folds_columns_defaults_and_constraints_into_the_table) {
    auto b = users();
    b.value("users", "id", "7").constraint(kind::check, "users", "positive", "CHECK ((id > 0))");
    b.on(column("users", "id"), bond::automatic);
    const auto p = plan({}, b);
    EXPECT_THAT(texts(p), ElementsAre("CREATE TABLE public.users (\n"
                                      "    id integer DEFAULT 7 NOT NULL,\n"
                                      "    CONSTRAINT positive CHECK ((id > 0))\n)"));
    EXPECT_THAT(p.detected, ElementsAre("Detected added table 'users'"));
    EXPECT_EQ(p.statements[0].lock, lock_class::none);
}

TEST(schema_plan, can_leave_atomic_actions_as_they_are) {
    plan_options atomic;
    atomic.fold = false;
    EXPECT_THAT(texts(plan({}, users(), atomic)),
                ElementsAre("CREATE TABLE public.users ()",
                            "ALTER TABLE public.users ADD COLUMN id integer NOT NULL"));
}

TEST(schema_plan, of_a_dropped_table_is_one_statement_that_says_what_is_lost) {
    auto a = users();
    a.value("users", "id", "7").constraint(kind::check, "users", "positive", "CHECK ((id > 0))");
    const auto p = plan(a, {});
    ASSERT_THAT(texts(p), ElementsAre("DROP TABLE public.users"));
    EXPECT_EQ(p.statements[0].destructive, "all rows of public.users are lost");
    EXPECT_THAT(p.statements[0].loses, ElementsAre(table("users")));
    EXPECT_EQ(p.statements[0].lock, lock_class::access_exclusive);
}

schema_builder two_that_refer_to_each_other() {
    schema_builder b;
    for (const auto& [one, other] : {std::pair{"a", "b"}, {"b", "a"}})
        b.table(one)
            .column(one, "id", "integer")
            .constraint(kind::primary_key, one, std::string(one) + "_pkey", "PRIMARY KEY (id)");
    for (const auto& [one, other] : {std::pair{"a", "b"}, {"b", "a"}})
        b.constraint(kind::foreign_key, one, std::string(one) + "_fkey",
                     "FOREIGN KEY (id) REFERENCES public." + std::string(other) + "(id)")
            .on(fact_id(kind::primary_key, {"public", other, std::string(other) + "_pkey"}))
            .on(column(other, "id"));
    return b;
}

TEST(schema_plan, creates_and_drops_tables_that_refer_to_each_other) {
    EXPECT_THAT(texts(plan({}, two_that_refer_to_each_other())),
                ElementsAre(HasSubstr("CREATE TABLE public.a"), HasSubstr("CREATE TABLE public.b"),
                            HasSubstr("ALTER TABLE public.a ADD CONSTRAINT a_fkey"),
                            HasSubstr("ALTER TABLE public.b ADD CONSTRAINT b_fkey")));
    EXPECT_THAT(texts(plan(two_that_refer_to_each_other(), {})),
                ElementsAre(HasSubstr("DROP CONSTRAINT"), HasSubstr("DROP TABLE"),
                            HasSubstr("DROP TABLE")));
}

TEST(schema_plan, takes_the_default_off_around_a_change_of_type) {
    schema_builder a, b;
    a.table("t").column("t", "x", "integer").value("t", "x", "5");
    b.table("t").column("t", "x", "bigint").value("t", "x", "5");
    const auto p = plan(a, b);
    EXPECT_THAT(texts(p), ElementsAre("ALTER TABLE public.t ALTER COLUMN x DROP DEFAULT",
                                      "ALTER TABLE public.t ALTER COLUMN x TYPE bigint",
                                      "ALTER TABLE public.t ALTER COLUMN x SET DEFAULT 5"));
    EXPECT_THAT(p.detected, ElementsAre("Detected type change from INTEGER to BIGINT on 't.x'"));
    EXPECT_THAT(p.statements[1].rewrites, ElementsAre(table("t")));
}

TEST(schema_plan, refuses_a_change_of_type_that_no_cast_knows_and_names_it) {
    schema_builder a, b;
    a.table("t").column("t", "x", "boolean");
    b.table("t").column("t", "x", "date");
    const auto p = plan_changes(a.done(), b.done(), {});
    ASSERT_TRUE(p.has_error());
    EXPECT_EQ(p.error().kind, error_class::refuse);
    EXPECT_THAT(p.error().message, HasSubstr("public.t.x"));
    EXPECT_THAT(p.error().message, HasSubstr("boolean to date"));
}

TEST(schema_plan, warns_of_a_new_column_that_rows_cannot_have) {
    schema_builder a, b;
    a.table("t");
    b.table("t").column("t", "x", "integer", {{"not_null", "true"}});
    EXPECT_THAT(plan(a, b).statements.at(0).warnings,
                ElementsAre(HasSubstr("fails when public.t has rows")));
}

TEST(schema_plan, lets_an_index_go_with_its_column_and_not_by_a_statement) {
    schema_builder a, b;
    a.table("t").column("t", "x", "integer");
    a.add(fact_id(kind::index, {"public", "t_x"}), {{"definition", "CREATE INDEX t_x ..."}})
        .in(table("t"))
        .on(column("t", "x"), bond::automatic);
    b.table("t");
    EXPECT_THAT(texts(plan(a, b)), ElementsAre("ALTER TABLE public.t DROP COLUMN x"));
}

TEST(schema_plan, lets_a_serial_column_and_its_sequence_come_and_go_together) {
    schema_builder b;
    const fact_id sequence(kind::sequence, {"public", "t_id_seq"});
    b.table("t").column("t", "id", "integer").value("t", "id", "nextval('t_id_seq')").on(sequence);
    b.add(sequence, {{"type", "integer"},
                     {"start", "1"},
                     {"min", "1"},
                     {"max", "2147483647"},
                     {"increment", "1"},
                     {"cache", "1"}})
        .on(column("t", "id"), bond::swept);
    b.add(fact_id(kind::sequence_owner, {"public", "t_id_seq"}), {{"column", "public.t.id"}})
        .in(sequence)
        .on(column("t", "id"), bond::swept);
    EXPECT_THAT(
        texts(plan({}, b)),
        ElementsAre("CREATE SEQUENCE public.t_id_seq AS integer",
                    "CREATE TABLE public.t (\n    id integer DEFAULT nextval('t_id_seq')\n)",
                    "ALTER SEQUENCE public.t_id_seq OWNED BY public.t.id"));
    EXPECT_THAT(texts(plan(b, {})), ElementsAre("DROP TABLE public.t"));
}

TEST(schema_plan, frees_a_name_before_it_is_used_again) {
    schema_builder a, b;
    a.table("t").table("u");
    b.table("t").table("u");
    a.add(fact_id(kind::index, {"public", "i"}), {{"definition", "CREATE INDEX i ON t"}})
        .in(table("t"));
    b.add(fact_id(kind::index, {"public", "i"}), {{"definition", "CREATE INDEX i ON u"}})
        .in(table("u"));
    EXPECT_THAT(texts(plan(a, b)), ElementsAre("DROP INDEX public.i", "CREATE INDEX i ON u"));
}

TEST(schema_plan, does_not_lose_rows_because_something_else_changes) {
    schema_builder a, b;
    const fact_id parent(kind::table, {"public", "odd"});
    a.table("odd").table("t").on(parent);
    b.table("t");
    const auto p = plan_changes(a.done(), b.done(), {});
    ASSERT_TRUE(p.has_error());
    EXPECT_THAT(p.error().message, HasSubstr("table public.t would have to be dropped"));
}

TEST(schema_plan, says_only_the_difference_of_privileges) {
    schema_builder a, b;
    a.table("t").table("u");
    b.table("t").table("u");
    const auto grant = [](schema_builder& to, attributes states) {
        to.add(fact_id(kind::privilege, kind::table, {"public", "t", "app"}), std::move(states))
            .in(table("t"));
    };
    grant(a, {{"SELECT", "granted"}, {"INSERT", "grantable"}, {"DELETE", "granted"}});
    grant(b, {{"SELECT", "grantable"}, {"INSERT", "granted"}, {"UPDATE", "granted"}});
    const auto p = plan(a, b);
    EXPECT_THAT(texts(p), ElementsAre("REVOKE DELETE ON TABLE public.t FROM app",
                                      "REVOKE GRANT OPTION FOR INSERT ON TABLE public.t FROM app",
                                      "GRANT UPDATE ON TABLE public.t TO app",
                                      "GRANT SELECT ON TABLE public.t TO app WITH GRANT OPTION"));
    EXPECT_THAT(p.detected, ElementsAre("Detected privileges of app on table 't'"));
}

TEST(schema_plan, comments_on_a_new_object_after_it_exists) {
    auto b = users();
    b.add(fact_id(kind::comment, kind::column, {"public", "users", "id"}), {{"text", "it's"}})
        .in(column("users", "id"));
    EXPECT_EQ(texts(plan({}, b)).back(), "COMMENT ON COLUMN public.users.id IS 'it''s'");
    EXPECT_THAT(texts(plan(b, users())), ElementsAre("COMMENT ON COLUMN public.users.id IS NULL"));
}

TEST(schema_plan, names_what_is_not_modelled_on_either_side) {
    auto a = users().done();
    auto b = a;
    a.unmodelled.push_back({"operator", "public.+"});
    b.unmodelled.push_back({"cast", "(a AS b)"});
    const auto p = plan_changes(a, b, {}).value();
    EXPECT_EQ(p.unmodelled.size(), 2u);
    EXPECT_TRUE(p.empty());
}

} // namespace
} // namespace headspace::schema
