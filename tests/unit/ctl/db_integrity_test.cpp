// edit, repair, check and dump through the whole command line, against a daemon made of answers.
#include "support/temp_directory.hpp"
#include "unit/ctl/scripted_daemon.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

using namespace headspace;
using namespace headspace::ctl::testing;
using headspace::test::read_file;
using headspace::test::temp_directory;
using headspace::test::write_file;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

const std::string ndjson = "application/x-ndjson";
const std::string succeeded = R"({"event":"end","outcome":"succeeded"})";
const std::string diff = "--- versions/1_r.sql (applied)\\n+++ versions/1_r.sql\\n@@ -1 +1 @@\\n"
                         "-select 1;\\n+select 2;\\n";

struct editing : ::testing::Test {
    temp_directory top;
    std::filesystem::path path = top.path() / "migrations";
    invocation i;

    void SetUp() override {
        std::filesystem::create_directories(path / "versions");
        write_file(path / "versions/1_a.sql", "-- migrate:up\nselect 1;\n-- migrate:down\n");
        write_file(path / "versions/2_b.sql", "-- migrate:up\nselect 1;\n-- migrate:down\n");
        i.variables["HEADSPACE_MIGRATIONS"] = path.string();
        ASSERT_EQ(i.run({"db", "hash"}).exit, 0);
    }
    [[nodiscard]] std::string sum() const { return read_file(path / "headspace.sum"); }
};

struct repairing : ::testing::Test {
    invocation i;
    void SetUp() override {
        i.answers["POST /v1/migrations/repair"] = {{202, R"({"id":"op-1"})"},
                                                   {202, R"({"id":"op-2"})"}};
        i.answers["GET /v1/operations/op-1"] = {
            {200,
             R"({"event":"planned","steps":[{"revision":"1","checksum":"c0ffee","diff":")" + diff +
                 "\"}]}\n" + succeeded + "\n",
             ndjson}};
        i.answers["GET /v1/operations/op-2"] = {
            {200,
             R"({"event":"repaired","revision":"1","message":"first"})"
             "\n" +
                 succeeded + "\n",
             ndjson}};
    }
    [[nodiscard]] std::vector<std::string> posted() const {
        std::vector<std::string> out;
        for (const admin::call& call : i.asked)
            if (call.method == "POST")
                out.push_back(call.body);
        return out;
    }
};

} // namespace

TEST_F(editing, opens_the_file_in_the_editor_and_keeps_the_sum_true) {
    const std::string before = sum();
    i.variables["EDITOR"] = "sed -i s/1/7/";
    i.run({"db", "edit", "1"});
    EXPECT_EQ(i.exit, 0) << i.err;
    EXPECT_THAT(i.out, HasSubstr("Edited "));
    EXPECT_THAT(read_file(path / "versions/1_a.sql"), HasSubstr("select 7;"));
    EXPECT_NE(sum(), before);
    EXPECT_THAT(i.run({"db", "hash"}).out, HasSubstr("is up to date"));
}

TEST_F(editing, prefers_visual_and_changes_nothing_when_nothing_was_changed) {
    const std::string before = sum();
    i.variables["EDITOR"] = "false";
    i.variables["VISUAL"] = "true";
    i.run({"db", "edit"});
    EXPECT_EQ(i.exit, 0) << i.err;
    EXPECT_THAT(i.out, HasSubstr("2_b.sql is unchanged"));
    EXPECT_EQ(sum(), before);
}

TEST_F(editing, says_when_there_is_no_editor_or_it_fails) {
    EXPECT_EQ(i.run({"db", "edit", "1"}).exit, 2);
    EXPECT_THAT(i.err, HasSubstr("neither VISUAL nor EDITOR is set"));
    i.variables["EDITOR"] = "exit 3; #";
    EXPECT_EQ(i.run({"db", "edit", "1"}).exit, 1);
    EXPECT_THAT(i.err, HasSubstr("ended with 3"));
    EXPECT_EQ(i.run({"db", "edit", "9"}).exit, 2);
}

TEST_F(editing, takes_an_editor_with_options_and_a_path_with_blanks) {
    const std::filesystem::path folder = path.parent_path() / "an editor";
    std::filesystem::create_directories(folder);
    write_file(folder / "code", "#!/bin/sh\n[ \"$1\" = --wait ] && sed -i s/1/7/ \"$2\"\n");
    std::filesystem::permissions(folder / "code", std::filesystem::perms(0755));
    i.variables["VISUAL"] = "'" + (folder / "code").string() + "' --wait";
    EXPECT_EQ(i.run({"db", "edit", "1"}).exit, 0) << i.err;
    EXPECT_THAT(read_file(path / "versions/1_a.sql"), HasSubstr("select 7;"));
}

TEST_F(editing, does_not_call_a_file_edited_that_the_editor_took_away) {
    i.variables["EDITOR"] = "rm";
    EXPECT_EQ(i.run({"db", "edit", "1"}).exit, 1);
    EXPECT_THAT(i.err, HasSubstr("left no "));
    EXPECT_THAT(i.out, Not(HasSubstr("Edited")));
}

TEST_F(editing, warns_when_the_revision_is_applied) {
    i.answers["GET /v1/migrations"] = {{200, R"({"state":"current","current":["1"]})"}};
    i.variables["EDITOR"] = "true";
    EXPECT_THAT(i.run({"db", "edit", "1"}).err, HasSubstr("revision 1 is applied"));
    EXPECT_THAT(i.run({"db", "edit", "2"}).err, Not(HasSubstr("is applied")));
}

TEST_F(editing, leaves_a_sum_alone_that_did_not_cover_the_file) {
    write_file(path / "versions/1_a.sql", "-- migrate:up\nselect 5;\n-- migrate:down\n");
    const std::string before = sum();
    i.variables["EDITOR"] = "sed -i s/5/6/";
    EXPECT_THAT(i.run({"db", "edit", "1"}).err, HasSubstr("did not cover 1_a.sql"));
    EXPECT_EQ(sum(), before);
}

TEST_F(editing, says_what_is_wrong_with_the_file_now_and_opens_it_again_to_mend_it) {
    i.variables["EDITOR"] = "sed -i s/migrate:up/migrate:sideways/";
    EXPECT_EQ(i.run({"db", "edit", "1"}).exit, 3);
    EXPECT_THAT(i.err, HasSubstr("versions/1_a.sql"));
    i.variables["EDITOR"] = "sed -i s/migrate:sideways/migrate:up/";
    EXPECT_EQ(i.run({"db", "edit", "1"}).exit, 0) << i.err;
}

TEST_F(repairing, shows_the_difference_and_records_exactly_that_with_yes) {
    i.run({"db", "repair", "--yes"});
    EXPECT_EQ(i.exit, 0) << i.err;
    EXPECT_THAT(i.out, HasSubstr("-select 1;\n+select 2;\nRepaired 1, first\n"));
    ASSERT_EQ(posted().size(), 2U);
    EXPECT_EQ(posted()[0], R"({"target":"","dry_run":true})");
    EXPECT_EQ(posted()[1], R"({"target":"","expected":{"1":"c0ffee"}})");
}

TEST_F(repairing, records_nothing_without_a_terminal_and_without_yes) {
    i.run({"db", "repair"});
    EXPECT_EQ(i.exit, 3);
    EXPECT_THAT(i.out, HasSubstr("+select 2;"));
    EXPECT_THAT(i.err, HasSubstr("--yes"));
    EXPECT_EQ(posted().size(), 1U);
}

TEST_F(repairing, asks_on_a_terminal) {
    i.confirms = false;
    i.run({"db", "repair"});
    EXPECT_EQ(i.exit, 1);
    EXPECT_EQ(posted().size(), 1U);
    i.asked.clear();
    i.confirms = true;
    i.answers["POST /v1/migrations/repair"].push_front({202, R"({"id":"op-1"})"});
    i.run({"db", "repair", "1"});
    EXPECT_EQ(i.exit, 0) << i.err;
    EXPECT_EQ(posted().size(), 2U);
}

TEST_F(repairing, has_nothing_to_do_when_no_file_was_edited) {
    i.answers["GET /v1/operations/op-1"] = {{200,
                                             R"({"event":"planned","steps":[]})"
                                             "\n" +
                                                 succeeded + "\n",
                                             ndjson}};
    EXPECT_EQ(i.run({"db", "repair"}).exit, 0);
    EXPECT_THAT(i.out, HasSubstr("No applied file was edited"));
}

TEST_F(repairing, answers_for_a_statement_whose_end_nobody_saw) {
    i.answers["POST /v1/migrations/repair"] = {{202, R"({"id":"op-2"})"}};
    EXPECT_EQ(i.run({"db", "repair", "--done"}).exit, 0) << i.err;
    EXPECT_EQ(posted().back(), R"({"target":"","answer":"done"})");
    EXPECT_EQ(i.run({"db", "repair", "--again", "1"}).exit, 0);
    EXPECT_EQ(posted().back(), R"({"target":"1","answer":"again"})");
    EXPECT_EQ(i.run({"db", "repair", "--again", "--done"}).exit, 2);
}

TEST(refused, an_edited_file_is_shown_with_its_difference_and_coloured_on_a_terminal) {
    invocation i;
    i.variables["HEADSPACE_MIGRATIONS"] = "/nowhere";
    i.answers["POST /v1/migrations/upgrade"] = {{202, R"({"id":"op-1"})"}};
    i.answers["GET /v1/operations/op-1"] = {
        {200,
         R"({"event":"end","outcome":"failed","problem":{"code":"edited-revision","detail":)"
         R"("versions/1_r.sql: edited","hint":"headspacectl db repair","diff":")" +
             diff + "\"}}\n",
         ndjson}};
    i.run({"db", "upgrade"});
    EXPECT_EQ(i.exit, 3);
    EXPECT_EQ(i.err, "headspacectl: versions/1_r.sql: edited\n--- versions/1_r.sql (applied)\n"
                     "+++ versions/1_r.sql\n@@ -1 +1 @@\n-select 1;\n+select 2;\n"
                     "  headspacectl db repair\n");
    i.err_terminal = true;
    EXPECT_THAT(i.run({"db", "upgrade"}).err, HasSubstr("\x1b[32m+select 2;\x1b[0m\n"));
    EXPECT_THAT(i.run({"db", "upgrade", "--json"}).err, HasSubstr("\"diff\":\"--- versions"));
}

TEST(upgrade_options, out_of_order_files_are_allowed_by_name) {
    invocation i;
    i.variables["HEADSPACE_MIGRATIONS"] = "/nowhere";
    i.answers["POST /v1/migrations/upgrade"] = {{202, R"({"id":"op-1"})"}};
    i.answers["GET /v1/operations/op-1"] = {{200, succeeded + "\n", ndjson}};
    i.run({"db", "upgrade", "--allow-out-of-order"});
    EXPECT_EQ(i.exit, 0) << i.err;
    EXPECT_THAT(i.asked.at(i.asked.size() - 2).body, HasSubstr(R"("allow_out_of_order":true)"));
}

TEST(dumping, writes_the_file_only_when_it_differs) {
    const temp_directory top;
    const std::string file = (top.path() / "schema.sql").string();
    invocation i;
    i.answers["POST /v1/migrations/dump"] = {{202, R"({"id":"op-1"})"}};
    i.answers["GET /v1/operations/op-1"] = {
        {200,
         R"({"event":"end","outcome":"succeeded","text":"CREATE TABLE a ();\n"})"
         "\n",
         ndjson}};
    EXPECT_EQ(i.run({"db", "dump", "-o", file}).out, "Wrote " + file + "\n");
    EXPECT_EQ(read_file(file), "CREATE TABLE a ();\n");
    EXPECT_EQ(i.run({"db", "dump", "-o", file}).out, file + " is up to date\n");
    EXPECT_EQ(i.run({"db", "dump", "-o", "-"}).out, "CREATE TABLE a ();\n");
    EXPECT_EQ(i.run({"db", "dump", "-d", top.path().string()}).out, file + " is up to date\n");
}

TEST_F(editing, check_offline_needs_no_daemon_and_finds_what_the_files_alone_tell) {
    i.run({"db", "check", "--offline"});
    EXPECT_EQ(i.exit, 0) << i.out << i.err;
    EXPECT_THAT(i.asked, ::testing::IsEmpty());
    write_file(path / "versions/1_a.sql",
               "-- migrate:up\nCREATE INDEX CONCURRENTLY x ON y (z);\n-- migrate:down\n");
    write_file(path / "versions/3_c.sql",
               "-- headspace:parent 1\n-- migrate:up\nselect 1;\n-- migrate:down\n");
    i.run({"db", "check", "--offline"});
    EXPECT_EQ(i.exit, 1);
    EXPECT_THAT(i.out, HasSubstr("there are several heads: 2, 3\n"));
    EXPECT_THAT(i.out, HasSubstr("headspace.sum:2: 1_a.sql was edited\n"));
    EXPECT_THAT(i.out, HasSubstr("versions/1_a.sql:2: CREATE INDEX CONCURRENTLY"));
    EXPECT_EQ(i.run({"db", "check", "--offline", "--roundtrip"}).exit, 2);
}

TEST_F(editing, check_sends_the_files_and_prints_the_daemons_findings_beside_its_own) {
    i.answers["POST /v1/migrations/check"] = {{202, R"({"id":"op-1"})"}};
    i.answers["GET /v1/operations/op-1"] = {
        {200,
         R"({"event":"checking","text":"replaying","done":1,"all":2})"
         "\n"
         R"({"event":"end","outcome":"succeeded","findings":[{"kind":"drift","text":"table public.a: missing"}],)"
         R"("notes":["a note"],"unmodelled":["operator x"]})"
         "\n",
         ndjson}};
    write_file(path / "versions/2_b.sql", "-- migrate:up\nselect 9;\n-- migrate:down\n");
    i.run({"db", "check", "--roundtrip"});
    EXPECT_EQ(i.exit, 1);
    EXPECT_EQ(i.out, "headspace.sum:3: 2_b.sql was edited\ntable public.a: missing\n");
    EXPECT_EQ(i.err, "headspacectl: not compared: operator x\nheadspacectl: a note\n");
    const auto posted = std::find_if(i.asked.begin(), i.asked.end(),
                                     [](const auto& call) { return call.method == "POST"; });
    ASSERT_NE(posted, i.asked.end());
    const auto body = boost::json::parse(posted->body);
    EXPECT_EQ(body.at("revisions").as_array().size(), 2U);
    EXPECT_TRUE(body.at("roundtrip").as_bool());
    EXPECT_EQ(body.at("revisions").at(0).at("up").at("text").as_string(),
              "-- migrate:up\nselect 1;\n");
}

TEST_F(editing, check_says_what_kept_it_from_comparing_after_what_it_found) {
    i.answers["POST /v1/migrations/check"] = {{202, R"({"id":"op-1"})"}};
    i.answers["GET /v1/operations/op-1"] = {
        {200,
         R"({"event":"end","outcome":"succeeded","findings":[{"kind":"pending","text":"2 is pending"}],)"
         R"("notes":[],"unmodelled":[],"incomplete":{"code":"no-scratch-rights","detail":"may not","hint":"GRANT"}})"
         "\n",
         ndjson}};
    i.run({"db", "check"});
    EXPECT_EQ(i.exit, 3);
    EXPECT_EQ(i.out, "2 is pending\n");
    EXPECT_THAT(i.err, HasSubstr("the catalogues could not be compared: may not\n  GRANT"));
}
