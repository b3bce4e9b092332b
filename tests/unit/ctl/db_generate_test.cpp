// `db migrate` and `db pull` against a daemon made of answers.
#include "ctl/db_generate.hpp"
#include "ctl/db_model.hpp"
#include "support/temp_directory.hpp"
#include "unit/ctl/scripted_daemon.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::ctl::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

namespace fs = std::filesystem;

const std::string one_revision =
    R"({"event":"end","outcome":"succeeded","revisions":[{"up":"CREATE TABLE b ();","down":)"
    R"("DROP TABLE b;","up_transaction":true,"down_transaction":true}],)"
    R"("detected":["Detected added table 'b'"],"hints":["perhaps a rename"],"notes":["a note"],)"
    R"("unmodelled":["operator ==="]})";

struct world {
    test::temp_directory home;
    invocation i;

    world() {
        fs::create_directories(path() / "versions");
        fs::create_directories(path() / "schema");
        test::write_file(path() / "schema/a.sql", "CREATE TABLE a ();\n");
        i.answers["POST /v1/migrations/generate"] = {
            {202, R"({"id":"op-1","kind":"generate","state":"running"})"}};
    }
    [[nodiscard]] fs::path path() const { return home.path() / "migrations"; }
    void ends(const std::string& line) {
        i.answers["GET /v1/operations/op-1"] = {{200, line + "\n", "application/x-ndjson"}};
    }
    invocation& migrate(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"db", "migrate", "-d", path().string(), "-m", "add b"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return i.run(std::move(arguments));
    }
    [[nodiscard]] std::string posted() const {
        for (const admin::call& call : i.asked)
            if (call.method == "POST")
                return call.body;
        return "nothing was posted";
    }
    [[nodiscard]] std::vector<fs::path> revisions() const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(path() / "versions"))
            found.push_back(entry.path());
        std::sort(found.begin(), found.end());
        return found;
    }
};

} // namespace

TEST(db_migrate, sends_the_files_and_writes_what_comes_back) {
    world w;
    test::write_file(w.path() / "versions/1_a.sql",
                     "-- a\n-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n");
    w.ends(one_revision);
    w.migrate({"--rename", "a.x:a.y", "--online"});
    EXPECT_EQ(w.i.exit, 0) << w.i.err;
    EXPECT_THAT(w.i.out, StartsWith("Detected added table 'b'\n  Generating "));
    EXPECT_THAT(w.i.err, HasSubstr("a note"));
    EXPECT_THAT(w.i.err, HasSubstr("perhaps a rename"));
    EXPECT_THAT(w.i.err, HasSubstr("not compared: operator ==="));
    EXPECT_EQ(
        w.posted(),
        R"({"migrations":[{"file":"1_a.sql","up":"-- migrate:up\nCREATE TABLE a ();\n",)"
        R"("line":2,"transaction":true}],"online":true,"strict":false,"schema":[{"file":)"
        R"("schema/a.sql","text":"CREATE TABLE a ();\n"}],"renames":[{"from":"a.x","to":"a.y"}]})");
    ASSERT_EQ(w.revisions().size(), 2U);
    const std::string text = test::read_file(w.revisions().back());
    EXPECT_EQ(text, "-- add b\n-- headspace:parent 1\n\n-- migrate:up\n\nCREATE TABLE b ();\n\n\n"
                    "-- migrate:down\n\nDROP TABLE b;\n");
}

TEST(db_migrate, writes_nothing_when_there_is_nothing_to_do) {
    world w;
    w.ends(R"({"event":"end","outcome":"succeeded","revisions":[],"detected":[]})");
    EXPECT_EQ(w.migrate().out, "No changes in schema detected.\n");
    EXPECT_EQ(w.i.exit, 0);
    EXPECT_THAT(w.revisions(), IsEmpty());
}

TEST(db_migrate, prints_the_revision_alone_with_sql) {
    world w;
    w.ends(one_revision);
    w.migrate({"--sql"});
    EXPECT_THAT(w.i.out, StartsWith("-- add b\n-- headspace:parent base\n\n-- migrate:up\n"));
    EXPECT_THAT(w.i.err, HasSubstr("Detected added table 'b'"));
    EXPECT_THAT(w.revisions(), IsEmpty());
}

TEST(db_migrate, writes_several_revisions_one_after_the_other) {
    world w;
    w.ends(R"({"event":"end","outcome":"succeeded","revisions":[{"up":"a","down":"",)"
           R"("up_transaction":true,"down_transaction":true},{"up":"b","down":"c",)"
           R"("up_transaction":false,"down_transaction":false}],"detected":[]})");
    w.migrate();
    ASSERT_EQ(w.revisions().size(), 2U);
    const std::string first = test::read_file(w.revisions()[0]);
    const std::string second = test::read_file(w.revisions()[1]);
    EXPECT_THAT(first, StartsWith("-- add b (1 of 2)\n-- headspace:parent base\n"));
    EXPECT_THAT(second, StartsWith("-- add b (2 of 2)\n-- headspace:parent " +
                                   w.revisions()[0].filename().string().substr(0, 14) + "\n"));
    EXPECT_THAT(second, HasSubstr("-- migrate:up transaction:false\n"));
}

TEST(db_migrate, refuses_when_nothing_is_declared) {
    world w;
    fs::remove(w.path() / "schema/a.sql");
    EXPECT_EQ(w.migrate().exit, 3);
    EXPECT_THAT(w.i.err, HasSubstr("there is no file in "));
    EXPECT_THAT(w.i.err, HasSubstr("db pull"));
}

TEST(db_migrate, refuses_several_heads_as_revision_does) {
    world w;
    for (const char* name : {"1_a.sql", "2_b.sql"})
        test::write_file(w.path() / "versions" / name,
                         "-- x\n-- headspace:parent base\n-- migrate:up\nSELECT 1;\n");
    EXPECT_EQ(w.migrate().exit, 3);
    EXPECT_THAT(w.i.err, HasSubstr("Multiple heads are present: 1, 2"));
}

TEST(db_migrate, writes_nothing_when_the_proof_failed) {
    world w;
    w.ends(R"({"event":"end","outcome":"failed","problem":{"code":"proof-failed","detail":)"
           R"("index public.i: missing"}})");
    EXPECT_EQ(w.migrate().exit, 3);
    EXPECT_THAT(w.i.err, HasSubstr("index public.i: missing"));
    EXPECT_THAT(w.revisions(), IsEmpty());
}

TEST(db_migrate, asks_nobody_for_an_empty_revision) {
    world w;
    EXPECT_EQ(w.migrate({"--empty"}).exit, 0);
    EXPECT_EQ(w.revisions().size(), 1U);
    EXPECT_EQ(w.posted(), "nothing was posted");
}

TEST(db_migrate, takes_the_models_url_from_a_variable_and_shows_its_password_to_nobody) {
    world w;
    w.i.variables["MODEL"] = "postgresql://me:c4nary@db/shop";
    w.ends(one_revision);
    w.migrate({"--model-url", "env:MODEL"});
    EXPECT_EQ(w.i.exit, 0) << w.i.err;
    EXPECT_THAT(w.posted(), HasSubstr(R"("url":"postgresql://me:c4nary@db/shop")"));
    EXPECT_THAT(w.posted(), Not(HasSubstr("schema")));
    EXPECT_THAT(w.i.out + w.i.err, Not(HasSubstr("c4nary")));
}

TEST(db_migrate, says_what_is_wrong_with_the_models_url_without_repeating_it) {
    for (const char* url : {"postgresql://me:c4nary@db:99999/shop", "env:NOT_SET", "-"}) {
        world w;
        EXPECT_EQ(w.migrate({"--model-url", url}).exit, 2) << url;
        EXPECT_THAT(w.i.err, Not(HasSubstr("c4nary")));
        EXPECT_EQ(w.posted(), "nothing was posted");
    }
}

TEST(db_migrate, refuses_a_rename_that_is_not_two_names) {
    world w;
    EXPECT_EQ(w.migrate({"--rename", "a"}).exit, 2);
    EXPECT_THAT(w.i.err, HasSubstr("OLD:NEW"));
}

TEST(model_url, is_overwritten_in_the_arguments) {
    std::string name = "headspacectl";
    std::string option = "--model-url";
    std::string first = "postgresql://u:c4nary@h/d";
    std::string second = "--model-url=postgresql://u:c4nary@h/d";
    std::string last = "-m";
    std::array<char*, 5> argv{name.data(), option.data(), first.data(), second.data(), last.data()};
    ctl::blank_url_arguments(static_cast<int>(argv.size()), argv.data());
    EXPECT_THAT(first, Not(HasSubstr("c4nary")));
    EXPECT_THAT(second, Not(HasSubstr("c4nary")));
    EXPECT_THAT(second, StartsWith("--model-url=***"));
    EXPECT_EQ(last, "-m");
}

namespace {

struct pulled : world {
    pulled() {
        fs::remove_all(path());
        i.answers["GET /v1/migrations"] = {
            {200, R"({"state":"current","current":[],"heads":[],"history":[],"directory":")" +
                      path().string() + "\"}"}};
        i.answers["POST /v1/migrations/stamp"] = {
            {202, R"({"id":"op-2","kind":"stamp","state":"running"})"}};
        i.answers["GET /v1/operations/op-2"] = {
            {200, "{\"event\":\"end\",\"outcome\":\"succeeded\"}\n", "application/x-ndjson"}};
        ends(R"({"event":"end","outcome":"succeeded","revisions":[{"up":"CREATE TABLE a ();",)"
             R"("down":"DROP TABLE a;","up_transaction":true,"down_transaction":true}],)"
             R"("schema":[{"file":"schema/20_tables.sql","text":"CREATE TABLE a ();\n"}]})");
    }
};

} // namespace

TEST(db_pull, writes_the_schema_and_a_baseline_and_stamps_it) {
    pulled w;
    w.i.run({"db", "pull"});
    EXPECT_EQ(w.i.exit, 0) << w.i.err;
    EXPECT_EQ(test::read_file(w.path() / "schema/20_tables.sql"), "CREATE TABLE a ();\n");
    ASSERT_EQ(w.revisions().size(), 1U);
    const std::string name = w.revisions().front().filename().string();
    EXPECT_THAT(name, HasSubstr("_baseline.sql"));
    EXPECT_THAT(test::read_file(w.revisions().front()), HasSubstr("-- headspace:parent base"));
    EXPECT_EQ(w.i.asked.back().target, "/v1/operations/op-2");
    bool stamped = false;
    for (const admin::call& call : w.i.asked)
        stamped = stamped || (call.target == "/v1/migrations/stamp" &&
                              call.body == R"({"target":")" + name.substr(0, 14) + R"("})");
    EXPECT_TRUE(stamped);
}

TEST(db_pull, refuses_a_directory_that_has_revisions_or_a_schema) {
    pulled w;
    fs::create_directories(w.path() / "versions");
    test::write_file(w.path() / "versions/1_a.sql", "-- migrate:up\nSELECT 1;\n");
    EXPECT_EQ(w.i.run({"db", "pull"}).exit, 3);
    EXPECT_THAT(w.i.err, HasSubstr("has revisions already"));
    fs::remove(w.path() / "versions/1_a.sql");
    fs::create_directories(w.path() / "schema");
    test::write_file(w.path() / "schema/a.sql", "SELECT 1;\n");
    fs::remove(w.path() / "headspace.sum");
    EXPECT_EQ(w.i.run({"db", "pull"}).exit, 3);
    EXPECT_THAT(w.i.err, HasSubstr("has files already"));
    EXPECT_EQ(w.posted(), "nothing was posted");
}

TEST(db_pull, refuses_a_database_whose_ledger_is_not_empty) {
    pulled w;
    w.i.answers["GET /v1/migrations"] = {
        {200, R"({"state":"current","history":[{"revision":"1"}],"directory":")" +
                  w.path().string() + "\"}"}};
    EXPECT_EQ(w.i.run({"db", "pull"}).exit, 3);
    EXPECT_THAT(w.i.err, HasSubstr("has revisions already"));
    EXPECT_FALSE(fs::exists(w.path()));
}

TEST(db_pull, writes_no_file_outside_of_schema) {
    pulled w;
    w.ends(R"({"event":"end","outcome":"succeeded","revisions":[{"up":"a","down":"b",)"
           R"("up_transaction":true,"down_transaction":true}],)"
           R"("schema":[{"file":"schema/../../evil.sql","text":"x"}]})");
    EXPECT_EQ(w.i.run({"db", "pull"}).exit, 3);
    EXPECT_FALSE(fs::exists(w.path().parent_path() / "evil.sql"));
}
