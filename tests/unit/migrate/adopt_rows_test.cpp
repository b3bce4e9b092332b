// Whose table it is, and what its rows say.
#include "base/text.hpp"
#include "files.hpp"
#include "migrate/adopt_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using namespace headspace::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

const table_shape of_goose{
    "public",
    "goose_db_version",
    {"id integer", "version_id bigint", "is_applied boolean", "tstamp timestamp"}};
const table_shape of_golang{"public", "schema_migrations", {"version bigint", "dirty boolean"}};
const table_shape of_dbmate{"public", "schema_migrations", {"version character varying"}};
const table_shape of_flyway{
    "app",
    "flyway_schema_history",
    {"installed_rank integer", "version character varying", "description character varying",
     "type character varying", "script character varying", "checksum integer",
     "installed_by character varying", "installed_on timestamp without time zone",
     "execution_time integer", "success boolean"}};

bookkeeping by(foreign_tool tool) {
    return {tool, "public", "t"};
}

std::string told(const result<adopted>& found) {
    return found ? join(found->revisions, " ") : found.error().text();
}

revisions::directory numbered(std::initializer_list<const char*> versions) {
    std::vector<file> files;
    for (const char* version : versions)
        files.push_back(simple(version));
    return directory_of(files);
}

foreign_row flyway_row(const char* version, const char* type = "SQL", const char* success = "true",
                       const char* description = "d", const char* checksum = "0") {
    foreign_row row{version, description, type, "script.sql", checksum, success};
    if (!*version)
        row[0].reset();
    return row;
}

} // namespace

TEST(recognition, tables_are_known_by_their_columns) {
    const auto tool = [](table_shape table) {
        const auto found = recognise({std::move(table)});
        return found.empty() ? "none" : std::string(to_string(found.front().tool));
    };
    EXPECT_EQ(tool(of_goose), "goose");
    EXPECT_EQ(tool(of_golang), "golang-migrate");
    EXPECT_EQ(tool({"x", "my_versions", of_golang.columns}), "golang-migrate");
    EXPECT_EQ(tool(of_dbmate), "dbmate");
    EXPECT_EQ(tool({"x", "versions", of_dbmate.columns}), "none");
    EXPECT_EQ(tool(of_flyway), "flyway");
    EXPECT_EQ(tool({"x", "alembic_version", {"version_num character varying"}}), "alembic");
    EXPECT_EQ(tool({"x",
                    "__diesel_schema_migrations",
                    {"version character varying", "run_on timestamp without time zone"}}),
              "diesel");
    EXPECT_EQ(tool({"x", "_prisma_migrations", {"migration_name character varying"}}), "prisma");
    EXPECT_EQ(tool({"x", "_sqlx_migrations", {"version bigint", "checksum bytea"}}), "sqlx");
    EXPECT_EQ(tool({"x",
                    "schema_migrations",
                    {"version bigint", "inserted_at timestamp without time zone"}}),
              "ecto");
    EXPECT_EQ(tool({"x",
                    "django_migrations",
                    {"id bigint", "app character varying", "name character varying",
                     "applied timestamp with time zone"}}),
              "django");
    EXPECT_EQ(tool({"x", "schema_migrations", {"version bigint"}}), "none");
}

TEST(recognition, one_that_is_only_called_like_a_bookkeeping_is_named_with_its_columns) {
    const table_shape strange{"app", "schema_migrations", {"version bigint", "at date"}};
    EXPECT_THAT(recognise({strange}), IsEmpty());
    EXPECT_THAT(choose({}, "", misshapen({strange})).error().text(),
                HasSubstr("app.schema_migrations (version bigint, at date) is called like one"));
    EXPECT_THAT(misshapen({of_golang, of_flyway, {"x", "t", {"version bigint"}}}), IsEmpty());
}

TEST(recognition, rails_is_told_from_dbmate_by_its_neighbour) {
    const auto found =
        recognise({{"public", "ar_internal_metadata", {"key character varying"}}, of_dbmate});
    ASSERT_EQ(found.size(), 1);
    EXPECT_EQ(found.front().tool, foreign_tool::rails);
    EXPECT_THAT(choose(found, "").error().text(), HasSubstr("rails (public.schema_migrations) is "
                                                            "not supported"));
}

TEST(choice, of_several_bookkeepings_has_to_be_made) {
    const auto both = recognise({of_goose, of_flyway});
    EXPECT_THAT(choose(both, "").error().text(),
                ::testing::AllOf(HasSubstr("goose (public.goose_db_version), flyway (app."),
                                 HasSubstr("--from TOOL")));
    EXPECT_EQ(choose(both, "flyway")->table, "flyway_schema_history");
    EXPECT_EQ(choose(both, "public.goose_db_version")->tool, foreign_tool::goose);
    EXPECT_THAT(choose(both, "dbmate").error().text(), HasSubstr("no bookkeeping of dbmate"));
    EXPECT_THAT(choose({}, "").error().text(), HasSubstr("no other tool's bookkeeping"));
    auto other = of_goose;
    other.schema = "tenant";
    EXPECT_THAT(choose(recognise({of_goose, other}), "goose").error().text(),
                HasSubstr("--from SCHEMA.TABLE"));
    EXPECT_EQ(choose(recognise({of_goose}), "")->text(), "goose (public.goose_db_version)");
}

TEST(golang_migrate_rows, one_version_stands_for_all_before_it) {
    const auto files = numbered({"000001", "000002", "000003"});
    const auto which = by(foreign_tool::golang_migrate);
    EXPECT_EQ(told(judge(which, {{"2", "false"}}, files)), "000001 000002");
    EXPECT_EQ(told(judge(which, {}, files)), "");
    EXPECT_THAT(told(judge(which, {{"2", "true"}}, files)), HasSubstr("version 2 is dirty"));
    EXPECT_THAT(told(judge(which, {{"-1", "true"}}, files)), HasSubstr("dirty"));
    EXPECT_THAT(told(judge(which, {{"4", "false"}}, files)),
                HasSubstr("4 is applied, and /srv/migrations has no such file"));
    EXPECT_THAT(told(judge(which, {{"1", "false"}, {"2", "false"}}, files)), HasSubstr("2 rows"));
}

TEST(goose_rows, the_newest_row_of_a_version_decides) {
    const auto files = numbered({"00001", "00002", "00003"});
    const auto which = by(foreign_tool::goose);
    EXPECT_EQ(
        told(judge(which, {{"0", "true"}, {"1", "true"}, {"2", "true"}, {"2", "false"}}, files)),
        "00001");
    const auto holes = judge(which, {{"0", "true"}, {"1", "true"}, {"3", "true"}}, files);
    EXPECT_EQ(told(holes), "00001 00003");
    EXPECT_THAT(holes->notes, ElementsAre(HasSubstr("revision 00002 is not applied")));
    EXPECT_THAT(told(judge(which, {{"7", "true"}}, files)), HasSubstr("7 is applied"));
}

TEST(dbmate_and_diesel_rows, each_is_a_version) {
    const auto files = numbered({"20240101", "20240102"});
    EXPECT_EQ(told(judge(by(foreign_tool::dbmate), {{"20240102"}}, files)), "20240102");
    EXPECT_EQ(told(judge(by(foreign_tool::diesel), {{"20240101"}, {"20240102"}}, files)),
              "20240101 20240102");
    EXPECT_THAT(told(judge(by(foreign_tool::dbmate), {{"1"}, {"2"}}, files)),
                HasSubstr("1, 2 are applied"));
}

TEST(flyway_rows, are_followed_in_their_order) {
    const auto files = numbered({"1", "1.1", "2"});
    const auto which = by(foreign_tool::flyway);
    EXPECT_EQ(
        told(judge(which, {flyway_row("", "SCHEMA"), flyway_row("1"), flyway_row("1.1.0")}, files)),
        "1 1.1");
    EXPECT_EQ(told(judge(which, {flyway_row("1"), flyway_row("1.1"), flyway_row("1.1", "UNDO_SQL")},
                         files)),
              "1");
    EXPECT_EQ(told(judge(which, {flyway_row("1.1", "BASELINE"), flyway_row("2")}, files)),
              "1 1.1 2");
    EXPECT_THAT(told(judge(which, {flyway_row("1"), flyway_row("1.1", "SQL", "false")}, files)),
                HasSubstr("script.sql failed"));
    EXPECT_THAT(told(judge(which, {flyway_row("3", "JDBC")}, files)), HasSubstr("3 is applied"));
}

TEST(flyway_rows, a_repeatable_is_applied_while_its_checksum_is_that_of_the_file) {
    auto read =
        revisions::read_flyway({{"R__views of a.sql", "\xEF\xBB\xBFselect 1;\r\nselect 2;\n"},
                                {"R__other.sql", "select 3;"}});
    revisions::directory files;
    files.repeatables = read.repeatables;
    const std::string crc = std::to_string(flyway_checksum("select 1;select 2;"));
    const auto found = judge(by(foreign_tool::flyway),
                             {flyway_row("", "SQL", "true", "views of a", "5"),
                              flyway_row("", "SQL", "true", "views of a", crc.c_str()),
                              flyway_row("", "SQL", "true", "other", "5")},
                             files);
    ASSERT_TRUE(found) << found.error().text();
    EXPECT_THAT(found->repeatables, ElementsAre("R__views of a"));
    EXPECT_THAT(found->notes, ElementsAre(HasSubstr("R__other.sql is not the text")));
    EXPECT_EQ(flyway_checksum("123456789"), static_cast<std::int32_t>(0xCBF43926U));
}

TEST(flyway_rows, a_version_whose_file_was_edited_since_is_noted) {
    auto read =
        revisions::read_flyway({{"V1__a.sql", "\xEF\xBB\xBFselect 1;\r\n\r\n  select 2;  \n\n"},
                                {"U1__a.sql", "select 0;"},
                                {"V2__b.sql", "x;"}});
    revisions::directory files;
    files.graph = revisions::build_graph(std::move(read.scripts)).graph;
    const auto which = by(foreign_tool::flyway);
    const std::string crc = std::to_string(flyway_checksum("select 1;  select 2;  "));
    const auto row = [](const char* version, const std::string& checksum) {
        return flyway_row(version, "SQL", "true", "d", checksum.c_str());
    };
    EXPECT_THAT(judge(which, {row("1", crc)}, files)->notes, IsEmpty());
    const auto edited = judge(which, {row("1", crc), row("2", "77")}, files);
    EXPECT_EQ(told(edited), "1 2");
    EXPECT_THAT(edited->notes, ElementsAre(HasSubstr("V2__b.sql is not the text that Flyway has "
                                                     "applied (its checksum was 77)")));
}

TEST(flyway_rows, versions_that_a_baseline_replaced_need_no_file) {
    auto files = numbered({"3", "4"});
    files.baseline_version = "3";
    const auto which = by(foreign_tool::flyway);
    EXPECT_EQ(told(judge(which, {flyway_row("1"), flyway_row("2"), flyway_row("3")}, files)), "3");
    EXPECT_THAT(told(judge(which, {flyway_row("1"), flyway_row("2")}, files)),
                HasSubstr("3 in full"));
}

TEST(alembic_rows, lead_to_db_pull) {
    EXPECT_THAT(told(judge(by(foreign_tool::alembic), {{"ae1027a6acf"}}, numbered({"1"}))),
                ::testing::AllOf(HasSubstr("ae1027a6acf"), HasSubstr("headspacectl db pull")));
}

TEST(adoption, does_not_believe_that_what_was_reverted_here_is_applied) {
    adopted what;
    what.from = by(foreign_tool::dbmate);
    what.revisions = {"1", "2"};
    EXPECT_TRUE(check_not_reverted(what, {{"3", "2026-11-21T10:00:00Z"}}));
    const auto refused = check_not_reverted(what, {{"2", "2026-11-21T10:00:00Z"}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().text(),
                ::testing::AllOf(HasSubstr("reverted it at 2026-11-21T10:00:00Z"),
                                 HasSubstr("db stamp 2")));
}

TEST(adoption, stamps_what_the_ledger_lacks) {
    const auto files = numbered({"1", "2", "3"});
    adopted what;
    what.revisions = {"1", "2"};
    const plan made = plan_adoption(what, files, ledger_of(files, {"1"}));
    ASSERT_EQ(made.steps.size(), 1);
    EXPECT_EQ(made.steps.front().revision, "2");
    EXPECT_EQ(made.steps.front().what, direction::stamp);
    EXPECT_EQ(made.steps.front().checksum, files.graph.find("2")->checksum);
    EXPECT_THAT(plan_adoption(what, files, ledger_of(files, {"1", "2"})).steps, IsEmpty());
}
