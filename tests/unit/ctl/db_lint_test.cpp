// `db lint` through the whole command line, its three formats byte by byte, and the warnings before
// an upgrade.
#include "ctl/lint_render.hpp"
#include "support/temp_directory.hpp"
#include "unit/ctl/scripted_daemon.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::ctl::testing;
using headspace::test::temp_directory;
using headspace::test::write_file;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

class db_lint : public ::testing::Test {
protected:
    db_lint() { std::filesystem::create_directories(path_ / "versions"); }

    void put(const std::string& name, const std::string& up, const std::string& down = "") {
        write_file(path_ / "versions" / name,
                   "-- migrate:up\n" + up + "\n-- migrate:down\n" + down + "\n");
    }
    std::string shown(const std::string& name) const {
        return (path_ / "versions" / name).string();
    }
    invocation lint(std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"db", "lint", "-d", path_.string()});
        invocation i;
        i.run(std::move(more));
        return i;
    }

    temp_directory top_;
    std::filesystem::path path_ = top_.path() / "migrations";
};

} // namespace

TEST_F(db_lint, text_names_the_place_the_rule_the_reason_and_the_remedy) {
    put("1_a.sql", "create table t (a varchar(3));");
    put("2_b.sql", "alter table t\n  drop column a;\nselct 1;");
    const invocation i = lint();
    EXPECT_EQ(i.exit, 1);
    EXPECT_EQ(i.err, "");
    EXPECT_EQ(i.out,
              shown("1_a.sql") +
                  ":2:17: info prefer-text-field: t.a: a limit in the type is hard to lower, and "
                  "text costs the same\n"
                  "    text, with a CHECK on its length where there is a limit\n" +
                  shown("2_b.sql") +
                  ":2:1: warning ban-drop-column: t.a: its data is lost, and code that runs now "
                  "may use it\n"
                  "    when it is meant, write `-- DESTRUCTIVE: why` above it: then `upgrade` "
                  "needs --allow-destructive\n" +
                  shown("2_b.sql") +
                  ":4:1: note syntax-error: syntax error at or near \"selct\"; not looked at\n"
                  "    the linter knows the syntax of PostgreSQL 15: a newer server may accept it\n"
                  "1 warning, 1 hint, 1 note in 2 files\n");
}

TEST_F(db_lint, json_is_an_array_of_findings) {
    put("1_a.sql", "alter table t drop a;", "create index concurrently i on t (a);");
    const invocation i = lint({"--format", "json"});
    EXPECT_EQ(i.exit, 1);
    EXPECT_EQ(
        i.out,
        R"([{"file":")" + shown("1_a.sql") +
            R"(","line":2,"column":1,"severity":"warning","rule":"ban-drop-column",)"
            R"("message":"t.a: its data is lost, and code that runs now may use it",)"
            R"("remedy":"when it is meant, write `-- DESTRUCTIVE: why` above it: then `upgrade` )"
            R"(needs --allow-destructive","revision":"1","direction":"up"},{"file":")" +
            shown("1_a.sql") +
            R"(","line":4,"column":1,"severity":"warning",)"
            R"("rule":"ban-concurrent-index-creation-in-transaction",)"
            R"("message":"index i on t: CREATE INDEX CONCURRENTLY fails in a transaction",)"
            R"("remedy":"a revision of its own whose directive says `transaction:false`",)"
            R"("revision":"1","direction":"down"}])"
            "\n");
    EXPECT_EQ(lint({"--json"}).out, i.out);
}

TEST_F(db_lint, github_gets_workflow_commands) {
    put("1_a.sql", "alter table t drop a;\nselct 1;");
    EXPECT_EQ(lint({"--format", "github"}).out,
              "::warning file=" + shown("1_a.sql") +
                  ",line=2,col=1,title=ban-drop-column::t.a: its data is lost, and code that runs "
                  "now may use it%0Awhen it is meant, write `-- DESTRUCTIVE: why` above it: then "
                  "`upgrade` needs --allow-destructive\n"
                  "::notice file=" +
                  shown("1_a.sql") +
                  ",line=3,col=1,title=syntax-error::syntax error at or near \"selct\"; not looked "
                  "at%0Athe linter knows the syntax of PostgreSQL 15: a newer server may accept "
                  "it\n");
}

TEST(lint_render, github_s_own_signs_are_escaped) {
    lint::finding f;
    f.file = "a,b:c%.sql";
    f.rule = "x";
    f.why = "100%\nsure";
    EXPECT_EQ(ctl::render_github(f),
              "::warning file=a%2Cb%3Ac%25.sql,line=1,col=1,title=x::100%25%0Asure\n");
}

TEST_F(db_lint, nothing_found_is_exit_0_and_style_alone_too_unless_strict) {
    put("1_a.sql", "create table t (a bigint);");
    EXPECT_EQ(lint().exit, 0);
    EXPECT_EQ(lint().out, "nothing found in 1 file\n");
    EXPECT_EQ(lint({"--format", "json"}).out, "[]\n");
    put("2_b.sql", "create table u (a int);");
    EXPECT_EQ(lint().exit, 0);
    EXPECT_THAT(lint().out, HasSubstr("prefer-bigint-over-int"));
    EXPECT_EQ(lint({"--strict"}).exit, 1);
    EXPECT_EQ(lint({"--warnings-only", "--strict"}).exit, 0);
    EXPECT_EQ(lint({"--warnings-only"}).out, "nothing found in 2 files\n");
}

TEST_F(db_lint, rules_are_enabled_and_disabled_by_name) {
    put("1_a.sql", "create table t (a int);\nalter table u drop b, drop c;");
    EXPECT_EQ(lint({"--disable", "ban-drop-column,prefer-bigint-over-int"}).exit, 0);
    EXPECT_THAT(lint({"--enable", "require-table-schema"}).out, HasSubstr("require-table-schema"));
    const invocation wrong = lint({"--disable", "ban-drop-colum"});
    EXPECT_EQ(wrong.exit, 2);
    EXPECT_THAT(wrong.err, HasSubstr("did you mean ban-drop-column?"));
    EXPECT_EQ(lint({"--format", "xml"}).exit, 2);
    EXPECT_THAT(lint({"--rules"}).out, HasSubstr("require-table-schema"));
}

TEST_F(db_lint, revisions_and_ranges_are_looked_at_alone) {
    put("1_a.sql", "alter table t drop a;");
    put("2_b.sql", "alter table t drop b;");
    put("3_c.sql", "alter table t drop c;");
    EXPECT_THAT(lint({"2"}).out, HasSubstr("t.b"));
    EXPECT_THAT(lint({"2"}).out, HasSubstr("1 warning in 1 file\n"));
    EXPECT_THAT(lint({"head"}).out, HasSubstr("t.c"));
    EXPECT_THAT(lint({"2:"}).out, HasSubstr("2 warnings in 2 files\n"));
    const invocation unknown = lint({"7"});
    EXPECT_EQ(unknown.exit, 2);
    EXPECT_EQ(unknown.out, "");
}

TEST_F(db_lint, files_are_looked_at_wherever_they_are) {
    const std::string plain = (top_.path() / "plain.sql").string();
    write_file(plain, "create index concurrently i on t (a);\nalter table t drop a;\n");
    const invocation one = lint({plain});
    EXPECT_EQ(one.exit, 1);
    EXPECT_THAT(one.out, HasSubstr(plain + ":2:1: warning ban-drop-column"));
    EXPECT_THAT(one.out, Not(HasSubstr("in-transaction")));
    put("1_a.sql", "vacuum t;");
    EXPECT_THAT(lint({shown("1_a.sql")}).out,
                HasSubstr(shown("1_a.sql") + ":2:1: warning not-in-transaction"));
}

TEST_F(db_lint, what_cannot_be_read_is_exit_3_and_the_rest_is_looked_at) {
    const std::string plain = (top_.path() / "plain.sql").string();
    write_file(plain, "alter table t drop a;\n");
    const invocation missing = lint({(top_.path() / "no.sql").string(), plain});
    EXPECT_EQ(missing.exit, 3);
    EXPECT_THAT(missing.err, HasSubstr("no.sql is no file that can be read"));
    EXPECT_THAT(missing.out, HasSubstr("ban-drop-column"));
    put("1_a.sql", "select 'open");
    const invocation malformed = lint({"--format", "github"});
    EXPECT_EQ(malformed.exit, 3);
    EXPECT_THAT(malformed.out, HasSubstr("::error file=" + shown("1_a.sql") + ",line=2::"));
    invocation nowhere;
    nowhere.run({"db", "lint", "-d", (top_.path() / "none").string()});
    EXPECT_EQ(nowhere.exit, 3);
}

namespace {

/// `db upgrade` where the daemon of `directory` is about to apply `revisions`.
invocation upgrade(const std::filesystem::path& directory,
                   const std::vector<std::string>& revisions) {
    boost::json::array steps;
    for (const std::string& revision : revisions)
        steps.push_back({{"action", "upgrade"}, {"revision", revision}});
    const boost::json::value planned{
        {"event", "planned"}, {"steps", steps}, {"directory", directory.string()}};
    invocation i;
    i.variables["HEADSPACE_MIGRATIONS"] = "/nowhere";
    i.answers["POST /v1/migrations/upgrade"] = {
        {202, R"({"id":"op-1","kind":"upgrade","state":"running"})"}};
    i.answers["GET /v1/operations/op-1"] = {{200,
                                             boost::json::serialize(planned) +
                                                 "\n"
                                                 R"({"event":"end","outcome":"succeeded"})"
                                                 "\n",
                                             "application/x-ndjson"}};
    return i;
}

} // namespace

TEST_F(db_lint, an_upgrade_warns_of_the_files_that_it_runs_first) {
    put("1_a.sql", "alter table t drop a;");
    put("2_b.sql", "alter table t drop b;\ncreate table u (a int);", "drop table u;");
    put("3_c.sql", "alter table t drop c;");
    invocation all = upgrade(path_, {"2", "3"}).run({"db", "upgrade"});
    EXPECT_EQ(all.exit, 0);
    EXPECT_EQ(all.err, "headspacectl: warning: " + shown("2_b.sql") +
                           ":2: ban-drop-column: t.b: its data is lost, and code that runs now may "
                           "use it\nheadspacectl: warning: " +
                           shown("3_c.sql") +
                           ":2: ban-drop-column: t.c: its data is lost, and code that runs now may "
                           "use it\n");
    invocation one = upgrade(path_, {"2"}).run({"db", "upgrade", "2"});
    EXPECT_THAT(one.err, HasSubstr("t.b"));
    EXPECT_THAT(one.err, Not(HasSubstr("t.c")));
}

TEST_F(db_lint, an_upgrade_shows_a_few_warnings_and_counts_the_rest) {
    std::string up;
    for (int i = 0; i < 9; ++i)
        up += "alter table t drop a" + std::to_string(i) + ";\n";
    put("1_a.sql", up);
    const invocation i = upgrade(path_, {"1"}).run({"db", "upgrade"});
    EXPECT_EQ(i.exit, 0);
    EXPECT_THAT(i.err, HasSubstr("t.a4"));
    EXPECT_THAT(i.err, Not(HasSubstr("t.a5")));
    EXPECT_THAT(i.err, HasSubstr("4 more: `headspacectl db lint` shows them"));
}

TEST_F(db_lint, an_upgrade_goes_on_whatever_the_linter_cannot_do) {
    put("1_a.sql", "select 'open");
    EXPECT_EQ(upgrade(path_, {"1"}).run({"db", "upgrade"}).exit, 0);
    EXPECT_EQ(upgrade("/nowhere", {"1"}).run({"db", "upgrade"}).exit, 0);
    put("1_a.sql", "alter table t drop a;");
    const invocation json = upgrade(path_, {"1"}).run({"db", "upgrade", "--json"});
    EXPECT_EQ(json.exit, 0);
    EXPECT_EQ(json.err, "");
}
