// The readers of other tools' directories: golang-migrate, goose, diesel, dbmate; and what tells
// one from the other.
#include "foreign.hpp"
#include "revisions/formats/detect.hpp"
#include "revisions/splitter.hpp"

#include <gmock/gmock.h>

using namespace headspace;
using namespace headspace::revisions;
using namespace headspace::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

constexpr auto golang = directory_format::golang_migrate;
constexpr auto goose = directory_format::goose;
constexpr auto diesel = directory_format::diesel;
constexpr auto dbmate = directory_format::dbmate;

std::string detected(const std::vector<foreign_file>& files) {
    const auto found = detect(files, "migrations");
    return found ? std::string(to_string(*found)) : found.error().text();
}

} // namespace

TEST(golang_migrate, pairs_are_revisions_in_numeric_order) {
    const auto r = read(golang, {{"10_ten.up.sql", "select 10;"},
                                 {"10_ten.down.sql", "select -10;"},
                                 {"9_nine-th_one.up.sql", "select 9"},
                                 {"0011_eleven.up.pgsql", ""},
                                 {"README.md", "#"},
                                 {"notes.sql", "select 1;"},
                                 {"12_x.up.sql~", "select 1;"}});
    EXPECT_THAT(r.problems, IsEmpty());
    EXPECT_THAT(order(r), ElementsAre("9", "10", "0011"));
    const script nine = get(r, "9");
    EXPECT_EQ(nine.message, "nine-th one");
    EXPECT_EQ(nine.file, "./9_nine-th_one.up.sql");
    EXPECT_FALSE(nine.down);
    const script ten = get(r, "10");
    EXPECT_THAT(texts(ten.up), ElementsAre("select 10"));
    EXPECT_THAT(texts(*ten.down), ElementsAre("select -10"));
    EXPECT_EQ(ten.down->file, "./10_ten.down.sql");
    EXPECT_THAT(get(r, "0011").up.statements, IsEmpty());
}

TEST(golang_migrate, places_are_those_of_the_true_files) {
    const auto r = read(golang, {{"1_a.up.sql", "-- one\n\nselect 1;\n  select 2;\n"},
                                 {"1_a.down.sql", "\nselect 3;\n"}});
    const script s = get(r, "1");
    EXPECT_EQ(s.up.statements.at(0).line, 3);
    EXPECT_EQ(s.up.statements.at(1).line, 4);
    EXPECT_EQ(s.up.statements.at(1).column, 3);
    EXPECT_EQ(s.down->statements.at(0).line, 2);
    EXPECT_THAT(problems(read(golang, {{"1_a.up.sql", "select 1;\nselect 'x;\n"}})),
                ElementsAre(HasSubstr("1_a.up.sql:2: ")));
    EXPECT_THAT(problems(read(golang, {{"1_a.up.sql", "select 1;\n\\connect x\n"}})),
                ElementsAre(HasSubstr("1_a.up.sql:2: psql meta-command")));
    EXPECT_THAT(problems(read(golang, {{"1_a.up.sql", "select '\xff';\n"}})),
                ElementsAre(HasSubstr("1_a.up.sql:1: this line is not UTF-8")));
}

TEST(golang_migrate, one_version_twice_and_a_down_alone_are_errors) {
    EXPECT_THAT(problems(read(golang, {{"01_a.up.sql", ""}, {"1_b.up.sql", ""}})),
                ElementsAre(HasSubstr("1_b.up.sql:1: version 1 is also that of 01_a.up.sql")));
    EXPECT_THAT(problems(read(golang, {{"2_a.down.sql", ""}})),
                ElementsAre(HasSubstr("2_a.down.sql: version 2 has no up file")));
}

TEST(golang_migrate, a_statement_that_cannot_run_in_a_transaction_decides_for_its_half) {
    const auto r = read(golang, {{"1_a.up.sql", "create index concurrently i on t (a);"},
                                 {"1_a.down.sql", "drop index i;"}});
    EXPECT_FALSE(get(r, "1").up.options.transaction);
    EXPECT_TRUE(get(r, "1").down->options.transaction);
}

TEST(golang_migrate, begin_and_commit_around_a_file_are_taken_off) {
    const auto r = read(golang, {{"1_a.up.sql", "begin;\n\nselect 1;\ncommit;\n"}});
    ASSERT_THAT(problems(r), IsEmpty());
    EXPECT_THAT(texts(get(r, "1").up), ElementsAre("select 1"));
    EXPECT_EQ(get(r, "1").up.statements.front().line, 3);
}

TEST(foreign, what_the_ledger_stores_reads_back_and_is_the_imported_file) {
    const auto r = read(golang, {{"1_a_b.up.sql", "\n-- first\nselect 1;\n\nselect 2"},
                                 {"1_a_b.down.sql", "vacuum;"}});
    const script s = get(r, "1");
    EXPECT_EQ(s.text, "-- a b\n\n-- migrate:up\n-- first\nselect 1;\n\nselect 2\n\n"
                      "-- migrate:down transaction:false\nvacuum;\n");
    EXPECT_EQ(s.slug, "a_b");
    const auto native = parse_script("1_a_b.sql", s.text);
    ASSERT_TRUE(native);
    EXPECT_EQ(native->checksum, s.checksum);
    EXPECT_EQ(native->message, s.message);
    EXPECT_EQ(texts(native->up), texts(s.up));
    const auto stored = parse_section(s.down->text, "x");
    ASSERT_TRUE(stored);
    EXPECT_FALSE(stored->options.transaction);
}

TEST(foreign, a_comment_that_our_format_would_take_for_a_directive_is_refused) {
    EXPECT_THAT(problems(read(golang, {{"1_a.up.sql", "select 1;\n-- migrate:down\nselect 2;"}})),
                ElementsAre(HasSubstr("1_a.up.sql:2: a comment here would be read")));
    EXPECT_THAT(problems(read(golang, {{"1_a.up.sql", "select 1;\n-- Migrate:Up x\n"}})),
                ElementsAre(HasSubstr("1_a.up.sql:2: ")));
    EXPECT_THAT(problems(read(golang, {{"1_a.up.sql", "do $$\n-- migrate:down\n$$;"}})), IsEmpty());
    EXPECT_EQ(get(read(golang, {{"1_migrate:up.up.sql", "select 1;"}}), "1").message, "migrate_up");
}

TEST(goose, annotations_of_any_case_cut_the_file_in_halves) {
    const auto r = read(goose, {{"00001_make_t.sql", "-- +goose up\n"
                                                     "create table t (a int);\n"
                                                     "-- +goose DOWN\n"
                                                     "drop table t;\n"},
                                {"20240101000000_no_down.sql", "-- a comment\n--+goose Up\n"},
                                {"readme.sql", "no migration"}});
    EXPECT_THAT(problems(r), IsEmpty());
    EXPECT_THAT(order(r), ElementsAre("00001", "20240101000000"));
    EXPECT_THAT(texts(get(r, "00001").up), ElementsAre("create table t (a int)"));
    EXPECT_EQ(get(r, "00001").up.statements.front().line, 2);
    EXPECT_THAT(texts(*get(r, "00001").down), ElementsAre("drop table t"));
    EXPECT_EQ(get(r, "00001").message, "make t");
    EXPECT_FALSE(get(r, "20240101000000").down);
}

TEST(goose, no_transaction_covers_both_halves) {
    const auto r =
        read(goose, {{"1_a.sql", "-- +goose Up\n-- +goose StatementBegin\n"
                                 "-- +goose no transaction\nselect 1;\n"
                                 "-- +goose StatementEnd\n-- +goose Down\nselect 2;\n"}});
    ASSERT_THAT(problems(r), IsEmpty());
    EXPECT_FALSE(get(r, "1").up.options.transaction);
    EXPECT_FALSE(get(r, "1").down->options.transaction);
    EXPECT_EQ(get(r, "1").up.statements.front().line, 4);
}

TEST(goose, a_statement_block_needs_no_semicolon) {
    const auto r = read(goose, {{"1_a.sql", "-- +goose Up\n"
                                            "-- +goose StatementBegin\n"
                                            "create function f() returns int as $$ begin\n"
                                            "return 1; end $$ language plpgsql -- why\n"
                                            "-- +goose StatementEnd\n"
                                            "-- +goose StatementBegin\n"
                                            "select 2\n"
                                            "-- +goose StatementEnd\n"
                                            "select 3; select 4;\n"}});
    ASSERT_THAT(problems(r), IsEmpty());
    const script s = get(r, "1");
    EXPECT_THAT(texts(s.up),
                ElementsAre(HasSubstr("create function"), "select 2", "select 3", "select 4"));
    EXPECT_EQ(s.up.statements.at(1).line, 7);
    EXPECT_EQ(s.up.statements.at(3).line, 9);
    EXPECT_THAT(s.text, ::testing::Not(HasSubstr("+goose")));
}

TEST(goose, mistakes_are_named_with_their_line) {
    const auto problem = [](const std::string& text) {
        const auto found = problems(read(goose, {{"1_a.sql", text}}));
        return found.size() == 1 ? found.front() : "no problem";
    };
    EXPECT_THAT(problem("select 1;\n"), HasSubstr("1_a.sql:1: there is no `-- +goose Up`"));
    EXPECT_THAT(problem(""), HasSubstr("there is no `-- +goose Up`"));
    EXPECT_THAT(problem("select 1;\n-- +goose Up\n"), HasSubstr("stands before"));
    EXPECT_THAT(problem("-- +goose Up\n  -- +goose Down\n"), HasSubstr("1_a.sql:2: "));
    EXPECT_THAT(problem("-- +goose Up\n-- +goose Dwon\n"), HasSubstr("unknown annotation"));
    EXPECT_THAT(problem("-- +goose Up\n-- +goose Up\n"), HasSubstr("a second"));
    EXPECT_THAT(problem("-- +goose Down\n"), HasSubstr("before any"));
    EXPECT_THAT(problem("-- +goose Up\n-- +goose Down\n-- +goose Down\n"), HasSubstr("a second"));
    EXPECT_THAT(problem("-- +goose Up\n-- +goose StatementEnd\n"), HasSubstr("without a"));
    EXPECT_THAT(problem("-- +goose Up\n-- +goose StatementBegin\nselect 1;\n"),
                HasSubstr("1_a.sql:2: this StatementBegin has no StatementEnd"));
    EXPECT_THAT(problem("-- +goose Up\n-- +goose StatementBegin\n-- +goose Down\n"),
                HasSubstr("1_a.sql:3: the StatementBegin of line 2"));
    EXPECT_THAT(problem("-- +goose Up\ndo $$\n-- +goose Down\n$$;\n"),
                HasSubstr("1_a.sql:3: an annotation inside a quoted text"));
    EXPECT_THAT(problem("-- +goose Up\nselect\n-- +goose NO TRANSACTION\n1;\n"),
                HasSubstr("1_a.sql:3: an annotation in the middle of a statement"));
}

TEST(goose, variables_are_refused_where_goose_would_replace_them) {
    const auto with = [](const std::string& body) {
        return problems(read(goose, {{"1_a.sql", "-- +goose Up\n-- +goose ENVSUB ON\n" + body +
                                                     "-- +goose ENVSUB OFF\nselect '$X';\n"}}));
    };
    EXPECT_THAT(with("select 1;\nselect '${SCHEMA:-x}';\n"),
                ElementsAre(::testing::AllOf(HasSubstr("1_a.sql:4: "), HasSubstr("${SCHEMA:-x}"))));
    EXPECT_THAT(with("select $ROLE;\n"), ElementsAre(HasSubstr("$ROLE in here")));
    EXPECT_THAT(with("select 1;\n"), IsEmpty());
}

TEST(goose, go_files_version_zero_and_duplicates_are_errors) {
    EXPECT_THAT(problems(read(goose, {{"1_a.go", ""},
                                      {"1_a_test.go", ""},
                                      {"2_b.sql", "-- +goose Up\n"},
                                      {"02_c.sql", "-- +goose Up\n"},
                                      {"0_z.sql", "-- +goose Up\n"}})),
                ElementsAre(HasSubstr("1_a.go:1: a migration in Go"),
                            HasSubstr("02_c.sql:1: version 02 is also that of 2_b.sql"),
                            HasSubstr("0_z.sql:1: goose's versions begin at 1")));
}

TEST(diesel, folders_are_sorted_by_their_digits_only) {
    const auto r = read(diesel, {{"2017-09-23-182408_later/up.sql", "select 2;"},
                                 {"20170318181441_first/up.sql", "select 1;"},
                                 {"20170318181441_first/down.sql", "select -1;"},
                                 {"00000000000000_diesel_initial_setup/up.sql", ""},
                                 {"notes/up.sql", "select 3;"},
                                 {".keep", ""}});
    EXPECT_THAT(problems(r), IsEmpty());
    EXPECT_THAT(order(r), ElementsAre("00000000000000", "20170318181441", "20170923182408"));
    const script first = get(r, "20170318181441");
    EXPECT_EQ(first.file, "./20170318181441_first/up.sql");
    EXPECT_EQ(first.down->file, "./20170318181441_first/down.sql");
    EXPECT_EQ(first.message, "first");
    EXPECT_FALSE(get(r, "20170923182408").down);
}

TEST(diesel, metadata_says_whether_there_is_a_transaction) {
    const auto with = [](const std::string& metadata) {
        return read(diesel, {{"1_a/up.sql", "select 1;"}, {"1_a/metadata.toml", metadata}});
    };
    EXPECT_FALSE(get(with("run_in_transaction = false # why\n"), "1").up.options.transaction);
    EXPECT_TRUE(get(with("# nothing\n"), "1").up.options.transaction);
    EXPECT_THAT(problems(with("\nrun_in_transaction = no\n")),
                ElementsAre(HasSubstr("1_a/metadata.toml:2: run_in_transaction is true or false")));
    EXPECT_THAT(problems(with("down = false\n")), ElementsAre(HasSubstr("unknown key 'down'")));
    EXPECT_THAT(problems(with("what\n")), ElementsAre(HasSubstr("not `key = value`")));
}

TEST(diesel, a_folder_without_up_and_two_of_one_version_are_errors) {
    EXPECT_THAT(problems(read(diesel, {{"1_a/down.sql", ""}})),
                ElementsAre(HasSubstr("1_a: there is no up.sql")));
    EXPECT_THAT(problems(read(
                    diesel, {{"2020-01-01-000000_a/up.sql", ""}, {"20200101000000_b/up.sql", ""}})),
                ElementsAre(HasSubstr("is also that of")));
}

TEST(dbmate, files_are_read_as_our_own_are) {
    const std::string text = "-- migrate:up transaction:false\nselect 1;\n-- migrate:down\n";
    const auto r = read(dbmate, {{"20240101_a.sql", text},
                                 {"20240102_b.sql", "-- migrate:up owner:me\nselect 2;\n"},
                                 {"sub/3_c.sql", text}});
    ASSERT_THAT(problems(r), IsEmpty());
    EXPECT_THAT(order(r), ElementsAre("20240101", "20240102"));
    EXPECT_EQ(get(r, "20240101").text, text);
    EXPECT_EQ(get(r, "20240101").file, "./20240101_a.sql");
    EXPECT_FALSE(get(r, "20240101").up.options.transaction);
    EXPECT_THAT(problems(read(dbmate, {{"1_a.sql", "select 1;"}})),
                ElementsAre(HasSubstr("1_a.sql:1: there is no `-- migrate:up`")));
}

TEST(dbmate, the_order_is_that_of_the_names) {
    const std::string text = "-- migrate:up\nselect 1;\n-- migrate:down\n";
    const auto r = read(dbmate, {{"9_b.sql", text}, {"10_a.sql", text}});
    EXPECT_THAT(order(r), ElementsAre("10", "9"));
}

TEST(formats, have_names_that_settings_use) {
    for (const char* name :
         {"auto", "native", "dbmate", "golang-migrate", "goose", "flyway", "diesel"}) {
        ASSERT_TRUE(parse_format(name)) << name;
        EXPECT_EQ(to_string(*parse_format(name)), name);
    }
    EXPECT_FALSE(parse_format("rails"));
}

TEST(detection, names_and_marks_say_whose_files_they_are) {
    EXPECT_EQ(detected({{"1_a.up.sql", ""}, {"1_a.down.sql", ""}, {"atlas.sum", ""}}),
              "golang-migrate");
    EXPECT_EQ(detected({{"1_a.sql", "-- x\n-- +goose Up\n"}, {"2_b.sql", "forgot"}}), "goose");
    EXPECT_EQ(detected({{"1_a.go", ""}}), "goose");
    EXPECT_EQ(detected({{"1_a.sql", "-- migrate:up\n"}}), "dbmate");
    EXPECT_EQ(detected({{"a/b/V1_2__x.sql", ""}}), "flyway");
    EXPECT_EQ(detected({{"R__x.sql", ""}}), "flyway");
    EXPECT_EQ(detected({{"2020-01-01-000000_a/up.sql", ""}}), "diesel");
    EXPECT_EQ(detected({{"README.md", ""}, {"deep/er/1_a.sql", ""}}), "auto");
}

TEST(detection, several_tools_and_unknown_files_are_listed) {
    EXPECT_THAT(detected({{"1_a.sql", "-- +goose Up\n"}, {"V1__a.sql", ""}, {"V2__a.sql", ""}}),
                ::testing::AllOf(HasSubstr("goose: 1 file (1_a.sql)"),
                                 HasSubstr("flyway: 2 files (V1__a.sql, ...)"),
                                 HasSubstr("migrations.format")));
    EXPECT_THAT(detected({{"structure.sql", "select 1;"}}),
                HasSubstr("SQL in no format that is known: 1 file (structure.sql)"));
}

TEST(detection, tools_that_are_not_read_are_named) {
    EXPECT_THAT(detected({{"env.py", ""}, {"versions/ae10_x.py", ""}}),
                ::testing::AllOf(HasSubstr("Alembic"), HasSubstr("db pull")));
    EXPECT_THAT(detected({{"20240101_init/migration.sql", ""}}), HasSubstr("Prisma"));
    EXPECT_THAT(detected({{"20240101_init.sql", "create table t();"}, {"atlas.sum", ""}}),
                HasSubstr("Atlas"));
    EXPECT_THAT(detected({{"x.sql", "--liquibase formatted sql\n"}}), HasSubstr("Liquibase"));
    EXPECT_THAT(detected({{"sqitch.plan", ""}}), HasSubstr("Sqitch"));
}
