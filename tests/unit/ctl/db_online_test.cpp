// The verbs of `db` that ask the daemon, against a daemon made of answers.
#include "ctl/db_follow.hpp"
#include "ctl/db_status.hpp"
#include "support/temp_directory.hpp"
#include "unit/ctl/scripted_daemon.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::ctl::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

const std::string ndjson = "application/x-ndjson";

scripted_answer started() {
    return {202, R"({"id":"op-1","kind":"upgrade","state":"running"})"};
}

scripted_answer events(const std::string& last, const std::string& before = {}) {
    return {200, before + last + "\n", ndjson};
}

invocation upgrade_that_ends(const std::string& end, const std::string& before = {}) {
    invocation i;
    i.variables["HEADSPACE_MIGRATIONS"] = "/nowhere";
    i.answers["GET /v1/migrations"] = {{200, R"({"heads":[],"directory":"/srv/migrations"})"}};
    i.answers["POST /v1/migrations/upgrade"] = {started()};
    i.answers["GET /v1/operations/op-1"] = {events(end, before)};
    return i;
}

/// The bodies of the requests that start an operation.
std::vector<std::string> posted(const invocation& i) {
    std::vector<std::string> bodies;
    for (const admin::call& call : i.asked)
        if (call.method == "POST")
            bodies.push_back(call.body);
    return bodies;
}

std::string failed(const std::string& code) {
    return R"({"event":"end","outcome":"failed","problem":{"code":")" + code +
           R"(","detail":"versions/1_r.sql:3: no","hint":"mend it","sqlstate":"42704"}})";
}

const std::string succeeded = R"({"event":"end","outcome":"succeeded"})";

scripted_answer ledger(const std::string& more = {}) {
    return {200, R"({"state":"pending","directory":"/srv/migrations","current":["1"],)"
                 R"("heads":["2"],"pending":[{"revision":"2","parents":["1"],"message":"more",)"
                 R"("destructive":true}],"history":[{"revision":"1","parents":[],)"
                 R"("message":"first","state":"applied","applied_at":"2026-11-21T10:00:00.000Z",)"
                 R"("duration_ms":3,"applied_by":"me@here","file":"1_first.sql"}],)"
                 R"("warnings":["look out"])" +
                     more + "}"};
}

} // namespace

TEST(db_upgrade, sends_the_target_and_prints_what_runs_as_alembic_does) {
    auto i = upgrade_that_ends(
        succeeded,
        R"({"event":"planned","steps":[{"revision":"1"}]})"
        "\n"
        R"({"event":"started","action":"upgrade","revision":"1","parents":[],"message":"first"})"
        "\n"
        R"({"event":"started","action":"upgrade","revision":"2","parents":["1"],"message":"more"})"
        "\n");
    i.run({"db", "upgrade", "+2", "--allow-destructive"});
    EXPECT_EQ(i.exit, 0);
    EXPECT_EQ(i.out, "Running upgrade  -> 1, first\nRunning upgrade 1 -> 2, more\n");
    EXPECT_THAT(i.err, IsEmpty());
    EXPECT_THAT(posted(i), ElementsAre(R"({"target":"+2","allow_destructive":true,"dry_run":true})",
                                       R"({"target":"+2","allow_destructive":true})"));
}

TEST(db_upgrade, says_when_there_is_nothing_to_do) {
    auto i = upgrade_that_ends(succeeded, "{\"event\":\"planned\",\"steps\":[]}\n");
    EXPECT_EQ(i.run({"db", "upgrade"}).out, "Nothing to do.\n");
}

TEST(db_upgrade, exits_by_the_problem_of_the_last_event) {
    const std::vector<std::pair<std::string, int>> table{
        {"migration-failed", 5}, {"lock-timeout", 5},         {"migration-locked", 4},
        {"destructive", 3},      {"edited-revision", 3},      {"several-heads", 3},
        {"standby", 3},          {"no-ledger-rights", 3},     {"unknown-revision", 2},
        {"cancelled", 1},        {"database-unavailable", 6}, {"statement-undecided", 3}};
    for (const auto& [code, exit] : table) {
        auto i = upgrade_that_ends(failed(code));
        i.run({"db", "upgrade"});
        EXPECT_EQ(i.exit, exit) << code;
        EXPECT_EQ(i.err, "headspacectl: versions/1_r.sql:3: no (42704)\n  mend it\n") << code;
    }
}

TEST(db_upgrade, names_whom_it_waits_for) {
    auto i =
        upgrade_that_ends(succeeded, R"({"event":"waiting_for_lock","text":"blocked by pid 7"})"
                                     "\n");
    EXPECT_THAT(i.run({"db", "upgrade"}).err, HasSubstr("blocked by pid 7"));
}

TEST(db_upgrade, prints_the_events_themselves_with_json) {
    auto i = upgrade_that_ends(succeeded, "{\"event\":\"planned\",\"steps\":[]}\n");
    EXPECT_EQ(i.run({"--json", "db", "upgrade"}).out,
              "{\"event\":\"planned\",\"steps\":[]}\n" + succeeded + "\n");
}

TEST(db_upgrade, exits_7_when_the_daemon_goes_away_in_the_middle) {
    auto i = upgrade_that_ends(R"({"event":"planned","steps":[{}]})");
    i.run({"db", "upgrade"});
    EXPECT_EQ(i.exit, 7);
    EXPECT_THAT(i.err, HasSubstr("db status"));
}

TEST(db_upgrade, exits_4_when_another_operation_runs) {
    invocation i;
    i.answers["POST /v1/migrations/upgrade"] = {
        {409, R"({"code":"operation-running","detail":"operation 3 is running"})",
         "application/problem+json"}};
    EXPECT_EQ(i.run({"db", "upgrade"}).exit, 4);
}

TEST(db_upgrade, refuses_another_directory_than_the_daemons) {
    const test::temp_directory here;
    invocation i;
    i.answers["GET /v1/status"] = {{200, R"({"migrations":{"directory":"/srv/migrations"}})"}};
    i.run({"db", "upgrade", "-d", here.path().string()});
    EXPECT_EQ(i.exit, 2);
    EXPECT_THAT(i.err, HasSubstr("headspaced applies the files of /srv/migrations"));
}

TEST(db_upgrade, says_in_one_line_that_the_files_here_lead_elsewhere_and_goes_on) {
    const test::temp_directory here;
    std::filesystem::create_directories(here.path() / "versions");
    test::write_file(here.path() / "versions/9_r.sql", "-- migrate:up\nSELECT 1;\n");
    const std::string planned =
        R"({"event":"planned","steps":[],"directory":"/srv/migrations","heads":["2"]})"
        "\n";
    auto i = upgrade_that_ends(succeeded, planned + planned);
    i.variables["HEADSPACE_MIGRATIONS"] = here.path().string();
    i.run({"db", "upgrade"});
    EXPECT_EQ(i.exit, 0);
    EXPECT_THAT(i.err, HasSubstr("headspaced sees 2 as head in /srv/migrations"));
    EXPECT_EQ(std::count(i.err.begin(), i.err.end(), '\n'), 1);
}

TEST(db_upgrade, asks_for_a_dry_run_first_and_for_no_more_when_there_is_nothing_to_do) {
    auto i = upgrade_that_ends(succeeded, "{\"event\":\"warning\",\"text\":\"the sum differs\"}\n"
                                          "{\"event\":\"planned\",\"steps\":[]}\n");
    i.run({"db", "upgrade"});
    std::vector<std::string> asked;
    for (const admin::call& question : i.asked)
        asked.push_back(question.method + " " + question.target);
    EXPECT_THAT(asked, ElementsAre("POST /v1/migrations/upgrade", "GET /v1/operations/op-1"));
    EXPECT_EQ(posted(i).front(), R"({"target":"head","allow_destructive":false,"dry_run":true})");
    EXPECT_EQ(i.out, "Nothing to do.\n");
    EXPECT_EQ(i.err, "headspacectl: the sum differs\n");
}

TEST(db_upgrade, does_not_repeat_what_the_dry_run_said) {
    invocation i = upgrade_that_ends(
        succeeded, R"({"event":"warning","text":"the sum differs"})"
                   "\n"
                   R"({"event":"planned","steps":[{"action":"upgrade","revision":"1"}]})"
                   "\n");
    i.run({"db", "upgrade"});
    EXPECT_EQ(i.err, "headspacectl: the sum differs\n");
}

TEST(db_downgrade, reverts_one_unless_told_otherwise) {
    for (const auto& [arguments, target] :
         std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"db", "downgrade"}, "-1"},
             {{"db", "downgrade", "-2"}, "-2"},
             {{"db", "downgrade", "base"}, "base"}}) {
        invocation i;
        i.answers["POST /v1/migrations/downgrade"] = {started()};
        i.answers["GET /v1/operations/op-1"] = {events(
            succeeded,
            R"({"event":"started","action":"downgrade","revision":"2","parents":["1"],"message":"m"})"
            "\n")};
        i.run(arguments);
        EXPECT_EQ(i.exit, 0) << i.err;
        EXPECT_EQ(i.out, "Running downgrade 2 -> 1, m\n");
        EXPECT_THAT(posted(i), ElementsAre(R"({"target":")" + target + R"("})"));
    }
}

TEST(db_stamp, says_what_is_recorded_and_what_no_longer) {
    invocation i;
    i.answers["POST /v1/migrations/stamp"] = {started()};
    i.answers["GET /v1/operations/op-1"] = {
        events(succeeded, R"({"event":"planned","steps":[],"forget":["3","2"]})"
                          "\n"
                          R"({"event":"stamped","revision":"1","parents":[]})"
                          "\n")};
    i.run({"db", "stamp", "1", "--purge"});
    EXPECT_EQ(i.out, "No longer recorded as applied: 3, 2\nRunning stamp_revision  -> 1\n");
    EXPECT_THAT(posted(i), ElementsAre(R"({"target":"1","purge":true})"));
}

TEST(db_current, prints_the_revision_and_whether_it_is_the_head) {
    invocation i;
    i.answers["GET /v1/migrations"] = {ledger()};
    EXPECT_EQ(i.run({"db", "current"}).out, "1\n");
    EXPECT_EQ(i.exit, 0);
    EXPECT_EQ(i.run({"db", "current", "--check-heads"}).exit, 1);
    i.answers["GET /v1/migrations"] = {
        {200, R"({"state":"current","current":["2"],"heads":["2"]})"}};
    EXPECT_EQ(i.run({"db", "current", "--check-heads"}).out, "2 (head)\n");
    EXPECT_EQ(i.exit, 0);
}

TEST(db_current, shows_the_whole_entry_when_verbose) {
    invocation i;
    i.answers["GET /v1/migrations"] = {ledger()};
    EXPECT_EQ(
        i.run({"db", "current", "-v"}).out,
        "Rev: 1\nParent: <base>\nPath: /srv/migrations/versions/1_first.sql\n\n    first\n\n"
        "    Revision ID: 1\n    Revises:\n    Applied: 2026-11-21T10:00:00.000Z by me@here\n\n");
}

TEST(db_current, names_the_file_of_another_tools_directory_where_it_is) {
    invocation i;
    i.answers["GET /v1/migrations"] = {
        {200,
         R"({"state":"current","current":["1"],"heads":["1"],"directory":"/srv/db","history":[)"
         R"({"revision":"1","state":"applied","file":"./1_first.up.sql","parents":[]}]})"}};
    EXPECT_THAT(i.run({"db", "current", "-v"}).out, HasSubstr("Path: /srv/db/1_first.up.sql\n"));
}

TEST(db_status, does_not_count_what_is_half_applied) {
    invocation i;
    i.answers["GET /v1/migrations"] = {
        {200, R"({"state":"pending","current":["1"],"heads":["2"],"history":[)"
              R"({"revision":"1","state":"stamped"},{"revision":"2","state":"partial"}]})"}};
    EXPECT_THAT(i.run({"db", "status"}).out, HasSubstr("applied     1\n"));
}

TEST(db_current, prints_nothing_at_base) {
    invocation i;
    i.answers["GET /v1/migrations"] = {{200, R"({"state":"pending","current":[],"heads":["1"]})"}};
    EXPECT_EQ(i.run({"db", "current"}).out, "");
    EXPECT_EQ(i.exit, 0);
}

TEST(db_current, exits_6_when_the_database_cannot_be_asked) {
    invocation i;
    i.answers["GET /v1/migrations"] = {
        {200, R"({"state":"unknown","current":[],"heads":["1"],)"
              R"("problem":{"code":"database-unavailable","detail":"Connection refused"}})"}};
    EXPECT_EQ(i.run({"db", "current"}).exit, 6);
    EXPECT_THAT(i.err, HasSubstr("Connection refused"));
}

TEST(db_status, shows_what_is_pending_and_what_to_look_out_for) {
    invocation i;
    i.answers["GET /v1/migrations"] = {ledger()};
    i.run({"db", "status"});
    EXPECT_EQ(i.exit, 0);
    EXPECT_EQ(i.out, "migrations  pending\n"
                     "directory   /srv/migrations\n"
                     "current     1\n"
                     "heads       2\n"
                     "applied     1\n"
                     "last        1, first; applied 2026-11-21T10:00:00.000Z by me@here\n"
                     "pending     2, more (destructive)\n"
                     "warnings    look out\n");
}

TEST(db_status, exits_by_the_problem_when_an_upgrade_would_be_refused) {
    invocation i;
    i.answers["GET /v1/migrations"] = {
        ledger(R"(,"reason":"edited","problem":{"code":"edited-revision","detail":"edited"})")};
    EXPECT_EQ(i.run({"db", "status"}).exit, 3);
    EXPECT_THAT(i.out, HasSubstr("reason      edited"));
}
