#include "migrate/draft.hpp"
#include "migrate/load_declared.hpp"
#include "revisions/script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

schema::planned_statement statement(std::string sql, bool transactional = true) {
    schema::planned_statement s;
    s.sql = std::move(sql);
    s.transactional = transactional;
    return s;
}

std::vector<std::size_t> sizes(const std::vector<statement_group>& groups) {
    std::vector<std::size_t> out;
    for (const statement_group& g : groups)
        out.push_back(g.statements.size());
    return out;
}

} // namespace

TEST(groups, are_one_transaction_unless_a_statement_cannot_run_in_one) {
    EXPECT_THAT(sizes(group_statements({statement("a"), statement("b")})), ElementsAre(2U));
    const auto groups = group_statements({statement("a"), statement("b"), statement("c", false),
                                          statement("d", false), statement("e")});
    EXPECT_THAT(sizes(groups), ElementsAre(2U, 1U, 1U, 1U));
    EXPECT_TRUE(groups[0].transaction);
    EXPECT_FALSE(groups[1].transaction);
    EXPECT_TRUE(groups[3].transaction);
    EXPECT_TRUE(group_statements({}).empty());
}

TEST(rendered_statements, have_their_warnings_and_marks_above_them) {
    schema::planned_statement drop = statement("DROP TABLE a");
    drop.destructive = "drops table a\nwith its rows";
    drop.warnings = {"locks it"};
    EXPECT_EQ(render_statements({statement("CREATE TABLE b ()"), drop}),
              "CREATE TABLE b ();\n\n-- note: locks it\n-- DESTRUCTIVE: drops table a with its "
              "rows\nDROP TABLE a;\n");
}

TEST(rendered_statements, tell_the_linter_what_holds_no_more_and_why) {
    schema::planned_statement s = statement("ALTER TABLE t ALTER c SET NOT NULL");
    s.silences = "adding-not-nullable-field -- proved";
    EXPECT_EQ(render_statements({s}), "-- squawk-ignore adding-not-nullable-field -- proved\n"
                                      "ALTER TABLE t ALTER c SET NOT NULL;\n");
}

TEST(section_text, is_read_back_as_it_was_meant) {
    const auto section = revisions::parse_section(
        section_text("-- migrate:up", "CREATE INDEX CONCURRENTLY i ON t (a);\n", false), "x");
    ASSERT_TRUE(section.has_value()) << section.error().message;
    EXPECT_FALSE(section->options.transaction);
    ASSERT_EQ(section->statements.size(), 1U);
}

TEST(family_file, is_found_by_the_first_words) {
    const std::vector<std::pair<std::string, std::string>> table{
        {"CREATE SCHEMA s", "schema/10_schemas.sql"},
        {"CREATE TYPE t AS ENUM ('a')", "schema/14_types.sql"},
        {"CREATE UNLOGGED TABLE t ()", "schema/20_tables.sql"},
        {"ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", "schema/20_tables.sql"},
        {"ALTER TABLE ONLY t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b",
         "schema/60_foreign_keys.sql"},
        {"CREATE UNIQUE INDEX i ON t (a)", "schema/30_indexes.sql"},
        {"CREATE OR REPLACE FUNCTION f() RETURNS int AS ''", "schema/40_functions.sql"},
        {"CREATE MATERIALIZED VIEW v AS SELECT 1", "schema/50_views.sql"},
        {"CREATE OR REPLACE VIEW v AS SELECT 1", "schema/50_views.sql"},
        {"CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a", "schema/70_triggers.sql"},
        {"CREATE POLICY p ON t", "schema/75_policies.sql"},
        {"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x", "schema/85_privileges.sql"},
        {"GRANT SELECT ON t TO x", "schema/85_privileges.sql"},
        {"COMMENT ON TABLE t IS 'x'", "schema/90_comments.sql"},
        {"CREATE FOREIGN TABLE t () SERVER s", "schema/18_foreign.sql"},
        {"CREATE SEQUENCE s AS integer", "schema/16_sequences.sql"},
        {"ALTER SEQUENCE public.s OWNED BY public.t.a", "schema/25_sequence_owners.sql"},
        {"SELECT 1", "schema/99_later.sql"}};
    for (const auto& [sql, file] : table)
        EXPECT_EQ(family_file(sql), file) << sql;
}

TEST(pulled_files, hold_a_family_each_and_last_what_needs_a_later_one) {
    const std::vector<schema::planned_statement> all{
        statement("CREATE FUNCTION f() RETURNS int AS ''"), statement("CREATE TABLE a ()"),
        statement("CREATE TABLE b ()")};
    const auto files = pulled_files(all, {});
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].file, "schema/20_tables.sql");
    EXPECT_EQ(files[0].text, "CREATE TABLE a ();\n\nCREATE TABLE b ();\n");
    const auto moved = pulled_files(all, {1});
    ASSERT_EQ(moved.size(), 3U);
    EXPECT_EQ(moved[0].text, "CREATE TABLE b ();\n");
    EXPECT_EQ(moved[2].file, "schema/99_later.sql");
    EXPECT_EQ(moved[2].text, "CREATE TABLE a ();\n");
}

TEST(replacing_text, is_the_same_function_with_or_replace) {
    const auto inserted = as_replacing("create function f() returns int as ''");
    ASSERT_TRUE(inserted.has_value());
    EXPECT_EQ(inserted->sql, "create OR REPLACE function f() returns int as ''");
    EXPECT_EQ(inserted->length, 11U);
    const auto as_it_is = as_replacing("CREATE OR REPLACE PROCEDURE p() AS ''");
    ASSERT_TRUE(as_it_is.has_value());
    EXPECT_EQ(as_it_is->length, 0U);
    EXPECT_FALSE(as_replacing("CREATE TABLE t ()").has_value());
    EXPECT_FALSE(as_replacing("CREATE OR REPLACE VIEW v AS SELECT 1").has_value());
}

TEST(a_schema_error, names_file_line_column_message_and_sqlstate) {
    revisions::declared_statement s;
    s.file = "schema/users.sql";
    s.what.text = "CREATE TABLE t (\n  a nonsense)";
    s.what.line = 3;
    s.what.column = 1;
    error why =
        make_error(errc::query_failed, error_class::refuse, "type \"nonsense\" does not exist");
    why.sqlstate = "42704";
    why.position = 22;
    const error e = describe_declared(s, why, 2);
    EXPECT_EQ(e.code, errc::schema_invalid);
    EXPECT_EQ(e.message, "schema/users.sql:4:5: type \"nonsense\" does not exist (42704); 2 more "
                         "statements fail");
    EXPECT_EQ(e.line, 4U);
    EXPECT_EQ(e.file, "schema/users.sql");
}

TEST(a_schema_error, tells_what_to_do_about_a_missing_extension) {
    revisions::declared_statement s;
    s.file = "schema/x.sql";
    s.what.text = "CREATE EXTENSION postgis";
    error why = make_error(errc::query_failed, error_class::refuse,
                           "extension \"postgis\" is not available");
    why.sqlstate = "0A000";
    EXPECT_THAT(describe_declared(s, why, 0).hint, HasSubstr("install the extension"));
}
