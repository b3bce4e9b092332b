// Following, cancelling and planning, and the script for psql, against a daemon made of answers.
#include "ctl/db_follow.hpp"
#include "support/temp_directory.hpp"
#include "unit/ctl/scripted_daemon.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

using namespace headspace;
using namespace headspace::ctl::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

std::string progress_of(const std::string& event) {
    return ctl::render_event(boost::json::parse(event)).progress;
}

invocation with_running(const std::string& end) {
    invocation i;
    i.answers["GET /v1/status"] = {
        {200, R"({"operation":{"id":"op-1","kind":"upgrade","state":"running"}})"}};
    i.answers["GET /v1/operations/op-1"] = {{200, end + "\n", "application/x-ndjson"}};
    i.answers["DELETE /v1/operations/op-1"] = {{202, R"({"id":"op-1"})"}};
    return i;
}

/// A migrations directory with two revisions.
class two_revisions {
public:
    two_revisions() {
        std::filesystem::create_directories(folder_.path() / "versions");
        test::write_file(folder_.path() / "versions/1_a.sql",
                         "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n");
        test::write_file(folder_.path() / "versions/2_b.sql",
                         "-- migrate:up\nCREATE TABLE b ();\n-- migrate:down\nDROP TABLE b;\n");
    }
    [[nodiscard]] std::string path() const { return folder_.path().string(); }

private:
    test::temp_directory folder_;
};

const std::string cancelled =
    R"({"event":"end","outcome":"cancelled","problem":{"code":"cancelled","detail":"cancelled"}})";
const std::string succeeded = R"({"event":"end","outcome":"succeeded"})";

} // namespace

TEST(db_progress, is_one_line_with_all_that_is_known) {
    EXPECT_EQ(progress_of(R"({"event":"progress","step":3,"steps":5,"revision":"7","statement":2,)"
                          R"("statements":4,"elapsed_ms":12300,"doing":"index build",)"
                          R"("phase":"building index","percent":42})"),
              "[3/5] 7: statement 2 of 4, index build 42 % (building index), 12 s");
    EXPECT_THAT(progress_of(R"({"event":"statement","step":1,"steps":1,"revision":"7",)"
                            R"("statement":1,"statements":1,"elapsed_ms":0})"),
                StartsWith("[1/1] 7: statement 1 of 1, "));
}

TEST(db_cancel, cancels_what_runs_and_waits_for_its_end) {
    auto i = with_running(cancelled);
    i.run({"db", "cancel"});
    EXPECT_EQ(i.exit, 0);
    EXPECT_EQ(i.out, "Cancelled the upgrade (op-1).\n");
    EXPECT_THAT(i.err, IsEmpty());
}

TEST(db_cancel, says_when_it_came_too_late) {
    auto i = with_running(succeeded);
    i.run({"db", "cancel"});
    EXPECT_EQ(i.exit, 1);
    EXPECT_EQ(i.out, "The upgrade (op-1) had already ended: succeeded.\n");
}

TEST(db_cancel, without_anything_that_runs_is_no) {
    invocation i;
    i.answers["GET /v1/status"] = {{200, "{}"}};
    i.run({"db", "cancel"});
    EXPECT_EQ(i.exit, 1);
    EXPECT_THAT(i.err, HasSubstr("no operation is running"));
    invocation unreachable;
    EXPECT_EQ(unreachable.run({"db", "cancel"}).exit, 7);
}

TEST(db_status, follows_what_runs_to_its_end) {
    auto i = with_running(cancelled);
    EXPECT_EQ(i.run({"db", "status", "--follow"}).exit, 1);
    auto good = with_running(R"({"event":"started","action":"upgrade","revision":"2",)"
                             R"("parents":["1"],"message":"more"})"
                             "\n" +
                             succeeded);
    good.run({"db", "status", "--follow"});
    EXPECT_EQ(good.exit, 0);
    EXPECT_EQ(good.out, "Running upgrade 1 -> 2, more\n");
}

TEST(db_dry_run, asks_for_the_plan_only) {
    invocation i;
    i.variables["HEADSPACE_MIGRATIONS"] = "/nowhere";
    i.answers["GET /v1/migrations"] = {{200, R"({"heads":[],"directory":"/srv/migrations"})"}};
    i.answers["POST /v1/migrations/upgrade"] = {{202, R"({"id":"op-1"})"}};
    i.answers["GET /v1/operations/op-1"] = {
        {200,
         R"({"event":"planned","steps":[{"action":"upgrade","revision":"1","parents":[],)"
         R"j("message":"first","transaction":false,"plan":[{"line":3,"statement":"CALL p()",)j"
         R"("lock":"?"},{"line":4,"statement":"DROP TABLE a","lock":"ACCESS EXCLUSIVE",)"
         R"("warning":"data is lost"}]}]})"
         "\n" +
             succeeded + "\n",
         "application/x-ndjson"}};
    i.run({"db", "upgrade", "--dry-run"});
    EXPECT_EQ(i.out,
              "Would run upgrade  -> 1, first (transaction:false: each statement by itself)\n"
              "  line 3: CALL p()\n    lock: cannot be told\n"
              "  line 4: DROP TABLE a\n    lock: ACCESS EXCLUSIVE\n    warning: data is lost\n");
    for (const auto& call : i.asked)
        if (call.method == "POST") {
            EXPECT_THAT(call.body, HasSubstr(R"("dry_run":true)"));
        }
    EXPECT_EQ(i.run({"db", "upgrade", "--dry-run", "--sql"}).exit, 2);
}

TEST(db_sql, a_range_needs_no_daemon) {
    const two_revisions files;
    invocation i;
    i.run({"db", "-d", files.path(), "upgrade", "--sql", "1:"});
    EXPECT_EQ(i.exit, 0) << i.err;
    EXPECT_THAT(i.out, AllOf(HasSubstr("CREATE TABLE b"), Not(HasSubstr("CREATE TABLE a")),
                             Not(HasSubstr("CREATE SCHEMA"))));
    EXPECT_TRUE(i.asked.empty());
    invocation all;
    all.run({"db", "-d", files.path(), "upgrade", "--sql", ":"});
    EXPECT_THAT(all.out, AllOf(HasSubstr("CREATE TABLE a"), HasSubstr("CREATE SCHEMA")));
    invocation down;
    down.run({"db", "-d", files.path(), "downgrade", "--sql", "2:base"});
    EXPECT_THAT(down.out, AllOf(HasSubstr("DROP TABLE b"), HasSubstr("DROP TABLE a")));
    EXPECT_EQ(invocation().run({"db", "-d", files.path(), "downgrade", "--sql", ":1"}).exit, 2);
    EXPECT_EQ(invocation().run({"db", "-d", files.path(), "upgrade", "--sql", "9:"}).exit, 2);
}

TEST(db_sql, without_a_range_it_begins_where_the_ledger_is) {
    const two_revisions files;
    const auto asked = [&](const std::string& state) {
        invocation i;
        i.answers["GET /v1/migrations"] = {
            {200,
             R"({"state":"pending","history":[{"revision":"1","state":")" + state + R"("}]})"}};
        i.run({"db", "-d", files.path(), "upgrade", "--sql"});
        return i.exit == 0 ? i.out : std::to_string(i.exit);
    };
    EXPECT_THAT(asked("applied"),
                AllOf(HasSubstr("CREATE TABLE b"), Not(HasSubstr("CREATE TABLE a"))));
    EXPECT_EQ(asked("partial"), "3");
}
