#include "admin/json_text.hpp"
#include "admin/message.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <limits>

using namespace headspace;
using namespace headspace::admin;

namespace {

request with_body(std::string body) {
    request req;
    req.body = std::move(body);
    return req;
}

} // namespace

TEST(problem, it_carries_code_status_exit_code_and_what_is_known_of_the_place) {
    error e =
        make_error(errc::migration_failed, error_class::refuse, "relation exists", "rename it");
    e.sqlstate = "42P07";
    e.file = "versions/1_a.sql";
    e.line = 12;
    const response out = problem_response(e, {{"holder", 42}});
    EXPECT_EQ(out.status, 409);
    EXPECT_EQ(out.content_type, "application/problem+json");
    EXPECT_EQ(boost::json::parse(out.body),
              boost::json::parse(
                  R"({"type":"urn:headspace:problem:migration-failed","title":"A migration failed",
                      "status":409,"detail":"relation exists","code":"migration-failed",
                      "exit_code":5,"hint":"rename it","sqlstate":"42P07",
                      "file":"versions/1_a.sql","line":12,"holder":42})"));
}

TEST(problem, what_is_not_known_is_left_out) {
    const auto object =
        problem_object(make_error(errc::not_found, error_class::refuse, "there is no /x"));
    for (const char* key : {"hint", "sqlstate", "file", "line"})
        EXPECT_FALSE(object.contains(key)) << key;
}

TEST(json_text, numbers_are_written_as_people_write_them) {
    EXPECT_EQ(json_text({{"a", 0.35},
                         {"b", 0.0},
                         {"c", 3.828},
                         {"d", -7},
                         {"e", 1U},
                         {"f", std::numeric_limits<double>::infinity()}}),
              R"({"a":0.35,"b":0,"c":3.828,"d":-7,"e":1,"f":null})");
}

TEST(json_text, it_reads_back_as_the_same_value) {
    const char* text =
        R"({"s":"q\"\\ \u0001\n\t gr\u00fc\u00df","a":[],"o":{},"n":null,"t":[true,false,
                           18446744073709551615,-9223372036854775808,1e300,0.1]})";
    const auto value = boost::json::parse(text);
    EXPECT_EQ(boost::json::parse(json_text(value)), value);
}

TEST(body, an_empty_one_is_an_empty_object) {
    EXPECT_TRUE(body_object(with_body(" \n"), {"level"}).value().empty());
}

TEST(body, a_known_member_is_handed_over) {
    const auto object = body_object(with_body(R"({"level":"debug"})"), {"level"});
    EXPECT_EQ(object.value().at("level"), "debug");
}

TEST(body, an_unknown_member_is_refused_with_the_one_that_was_meant) {
    const auto object = body_object(with_body(R"({"levle":"debug"})"), {"level"});
    ASSERT_FALSE(object);
    EXPECT_EQ(object.error().code, make_error_code(errc::bad_request));
    EXPECT_NE(object.error().message.find("\"levle\""), std::string::npos);
    EXPECT_EQ(object.error().hint, "did you mean \"level\"?");
}

TEST(body, what_is_no_json_object_is_refused) {
    for (const char* text : {"[]", "1", "{", "{} x", "\xff", "null"})
        EXPECT_FALSE(body_object(with_body(text), {})) << text;
    EXPECT_FALSE(body_object(with_body(std::string(100'000, '[')), {})) << "deep nesting";
}

TEST(accept, ndjson_is_recognised_among_others) {
    request req;
    EXPECT_FALSE(req.wants_ndjson());
    req.accept = "application/json";
    EXPECT_FALSE(req.wants_ndjson());
    req.accept = "Application/X-NDJSON, application/json;q=0.5";
    EXPECT_TRUE(req.wants_ndjson());
}

TEST(accepted, the_location_names_the_operation) {
    const response out = accepted_response("7", {{"id", "7"}});
    EXPECT_EQ(out.status, 202);
    ASSERT_EQ(out.headers.size(), 1U);
    EXPECT_EQ(out.headers[0].second, "/v1/operations/7");
}
