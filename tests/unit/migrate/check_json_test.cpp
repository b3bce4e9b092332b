#include "migrate/check_json.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

result<check_request> read(const std::string& text) {
    return read_check_request(boost::json::parse(text).as_object());
}

const std::string one =
    R"({"revision":"2","parents":["1"],"message":"m","file":"2_r.sql","checksum":"c",)"
    R"("up":{"text":"-- migrate:up\nSELECT 1;\n","line":3,"transaction":false}})";
const std::string base =
    R"({"revision":"1","parents":[],"message":"m","file":"1_r.sql","checksum":"c",)"
    R"("up":{"text":"-- migrate:up\nSELECT 1;\n"},"down":{"text":"-- migrate:down\n"}})";

} // namespace

TEST(check_json, what_was_sent_becomes_the_graph_of_the_files_with_their_lines) {
    const auto request = read(R"({"revisions":[)" + one + "," + base + R"(],"roundtrip":true})");
    ASSERT_TRUE(request.has_value()) << request.error().text();
    EXPECT_TRUE(request->roundtrip);
    EXPECT_TRUE(request->drift);
    const auto files = read_sent(request->revisions);
    ASSERT_TRUE(files.has_value()) << files.error().text();
    EXPECT_THAT(files->graph.heads(), ElementsAre("2"));
    const revisions::script& second = *files->graph.find("2");
    EXPECT_FALSE(second.up.options.transaction);
    EXPECT_EQ(second.up.statements.at(0).line, 4U);
    EXPECT_FALSE(second.down.has_value());
    EXPECT_TRUE(files->graph.find("1")->down.has_value());
}

TEST(check_json, what_is_missing_or_of_another_type_is_named) {
    EXPECT_THAT(read("{}").error().message, HasSubstr("\"revisions\""));
    EXPECT_THAT(read(R"({"revisions":[{"revision":7}]})").error().message,
                HasSubstr("\"revision\""));
    EXPECT_THAT(read(R"({"revisions":[],"drift":1})").error().message, HasSubstr("\"drift\""));
    EXPECT_EQ(read(R"({"revisions":[3]})").error().code, errc::bad_request);
    const auto orphan = read(R"({"revisions":[)" + one + "]}");
    ASSERT_TRUE(orphan.has_value());
    EXPECT_EQ(read_sent(orphan->revisions).error().code, errc::missing_parent);
}

TEST(check_json, findings_are_told_with_their_kind) {
    check_report report;
    finding f;
    f.what = finding_kind::edited;
    f.text = "t";
    f.diff = "d";
    report.findings.push_back(f);
    report.unmodelled = {"operator x"};
    EXPECT_EQ(boost::json::serialize(to_json(report)),
              R"({"findings":[{"kind":"edited","text":"t","revision":"","file":"","diff":"d"}],)"
              R"("notes":[],"unmodelled":["operator x"]})");
}
