#include "migrate/json.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;

namespace {

progress event(progress_kind kind) {
    progress p;
    p.kind = kind;
    p.step = {.what = direction::upgrade,
              .revision = "2",
              .parents = {"1"},
              .message = "add users",
              .statements = 3};
    p.index = 1;
    p.count = 2;
    return p;
}

std::string text(const progress& p) {
    return boost::json::serialize(to_json(p));
}

} // namespace

TEST(progress_json, planned_lists_the_steps) {
    progress p;
    p.plan = {event(progress_kind::started).step};
    p.directory = "/srv/migrations";
    p.heads = {"2", "3"};
    EXPECT_EQ(text(p),
              R"({"event":"planned","steps":[{"action":"upgrade","revision":"2",)"
              R"("parents":["1"],"message":"add users","statements":3,"transaction":true}],)"
              R"("directory":"/srv/migrations","heads":["2","3"]})");
}

TEST(progress_json, a_step_says_which_of_how_many) {
    EXPECT_EQ(text(event(progress_kind::started)),
              R"({"event":"started","action":"upgrade","revision":"2","parents":["1"],)"
              R"("message":"add users","step":1,"steps":2})");
    progress p = event(progress_kind::statement);
    p.statement = 2;
    p.statements = 3;
    EXPECT_EQ(text(p), R"({"event":"statement","action":"upgrade","revision":"2",)"
                       R"("parents":["1"],"message":"add users","step":1,"steps":2,)"
                       R"("statement":2,"statements":3,"elapsed_ms":0})");
    p = event(progress_kind::applied);
    p.elapsed = std::chrono::milliseconds(12);
    EXPECT_EQ(text(p), R"({"event":"applied","action":"upgrade","revision":"2",)"
                       R"("parents":["1"],"message":"add users","step":1,"steps":2,)"
                       R"("duration_ms":12})");
}

TEST(progress_json, waiting_names_the_blocker) {
    progress p;
    p.kind = progress_kind::waiting_for_lock;
    p.text = "blocked";
    p.holder = lock_holder{.pid = 7,
                           .application_name = "psql",
                           .client_addr = "",
                           .user = "u",
                           .since = "now",
                           .query = "SELECT a",
                           .kind = "SELECT"};
    EXPECT_EQ(text(p), R"({"event":"waiting_for_lock","text":"blocked","elapsed_ms":0,)"
                       R"("blocker":{"pid":7,"application_name":"psql","client_addr":"",)"
                       R"("user":"u","since":"now","kind":"SELECT","query":"SELECT a"}})");
}

TEST(status_json, has_every_member_also_when_there_is_nothing) {
    migration_status s;
    s.state = health::migrations_state::none;
    s.directory = "/m";
    EXPECT_EQ(boost::json::serialize(to_json(s)),
              R"({"state":"none","directory":"/m","current":[],"heads":[],"pending":[],)"
              R"("history":[],"warnings":[]})");
}

TEST(status_json, says_why_with_a_stable_code) {
    migration_status s;
    s.problem = make_error(errc::edited_revision, error_class::refuse, "edited", "restore");
    const auto o = to_json(s);
    EXPECT_EQ(o.at("reason").as_string(), "edited: restore");
    EXPECT_EQ(o.at("code").as_string(), "edited-revision");
}
