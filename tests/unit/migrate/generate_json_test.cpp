#include "migrate/generate_json.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

result<generate_request> read(const std::string& text) {
    return read_generate_request(boost::json::parse(text).get_object());
}

} // namespace

TEST(generate_request, holds_the_files_in_their_order) {
    const auto r = read(R"({"migrations":[{"file":"1_a.sql","up":"-- migrate:up\nSELECT 1;"},)"
                        R"({"file":"2_b.sql","up":"x","line":7,"transaction":false}],)"
                        R"("schema":[{"file":"schema/a.sql","text":"y"}],)"
                        R"("renames":[{"from":"a.b","to":"a.c"}],"online":true})");
    ASSERT_TRUE(r.has_value()) << r.error().message;
    ASSERT_EQ(r->migrations.size(), 2U);
    EXPECT_TRUE(r->migrations[0].transaction);
    EXPECT_EQ(r->migrations[0].line, 1U);
    EXPECT_FALSE(r->migrations[1].transaction);
    EXPECT_EQ(r->migrations[1].line, 7U);
    EXPECT_EQ(r->schema.front().text, "y");
    EXPECT_EQ(r->renames.front().to, "a.c");
    EXPECT_TRUE(r->online);
    EXPECT_FALSE(r->strict);
    EXPECT_FALSE(r->model.has_value());
}

TEST(generate_request, fills_in_what_the_models_url_leaves_out) {
    const auto r = read(R"({"model":{"url":"postgresql:///shop","user":"alice"}})");
    ASSERT_TRUE(r.has_value()) << r.error().message;
    EXPECT_EQ(r->model->user, "alice");
    EXPECT_EQ(r->model->database, "shop");
    ASSERT_EQ(r->model->hosts.size(), 1U);
    EXPECT_EQ(r->model->hosts.front().host, "/var/run/postgresql");
}

TEST(generate_request, never_repeats_a_url_that_it_cannot_read) {
    const auto r = read(R"({"model":{"url":"postgresql://u:canary@h:99999/d"}})");
    ASSERT_FALSE(r.has_value());
    EXPECT_THAT(r.error().text(), Not(HasSubstr("canary")));
}

TEST(generate_request, refuses_wrong_types_and_what_contradicts_itself) {
    for (const char* text :
         {R"({"migrations":1})", R"({"migrations":[1]})", R"({"migrations":[{"file":"a"}]})",
          R"({"migrations":[{"file":"a","up":"b","line":0}]})",
          R"({"schema":[{"file":1,"text":""}]})", R"({"renames":[{"from":"a"}]})",
          R"({"online":1})", R"({"model":"postgresql://x"})",
          R"({"pull":true,"schema":[{"file":"a","text":"b"}]})",
          R"({"model":{"url":"postgresql://x"},"schema":[{"file":"a","text":"b"}]})"})
        EXPECT_EQ(read(text).error().code, errc::bad_request) << text;
}

TEST(generate_outcome, is_what_headspacectl_writes_and_shows) {
    generated g;
    g.revisions.push_back({"up;", "down;", true, false});
    g.detected = {"Detected added table 'x'"};
    g.pulled = {{"schema/20_tables.sql", "t"}};
    g.seeded_rows = 3;
    EXPECT_EQ(boost::json::serialize(to_json(g)),
              R"({"revisions":[{"up":"up;","down":"down;","up_transaction":true,)"
              R"("down_transaction":false}],"detected":["Detected added table 'x'"],"hints":[],)"
              R"("notes":[],"unmodelled":[],)"
              R"("schema":[{"file":"schema/20_tables.sql","text":"t"}],"seeded_rows":3})");
}

TEST(generate_progress, counts_where_there_is_something_to_count) {
    generate_progress p;
    p.text = "replaying the migrations";
    EXPECT_EQ(boost::json::serialize(to_json(p)),
              R"({"event":"loading","text":"replaying the migrations"})");
    p.done = 3;
    p.all = 10;
    p.what = generate_progress::phase::proving;
    EXPECT_EQ(boost::json::serialize(to_json(p)),
              R"({"event":"proving","text":"replaying the migrations","done":3,"all":10})");
}
