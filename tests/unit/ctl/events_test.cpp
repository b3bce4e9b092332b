// events: each line as it comes, and what its end means.
#include "scripted_daemon.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::ctl::testing;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

const std::string lost =
    R"({"time":"2026-11-21T10:00:00.123Z","level":"warning","message":"database unavailable: \u001b[2Jgone","event":"pool_down","sqlstate":"57P01"})";
const std::string back =
    R"({"time":"2026-11-21T10:00:02.000Z","level":"info","message":"recovered after 2 s","event":"pool_up"})";

scripted_answer stream(const std::string& lines) {
    return {200, lines, "application/x-ndjson", {}};
}

} // namespace

TEST(events, are_one_line_each_with_time_level_and_name) {
    invocation call;
    call.answers["GET /v1/events"] = {stream(lost + "\n" + back + "\n")};
    call.run({"events"});
    EXPECT_EQ(call.out, "2026-11-21 10:00:00.123Z warning database unavailable:  [2Jgone "
                        "(pool_down)\n"
                        "2026-11-21 10:00:02.000Z info    recovered after 2 s (pool_up)\n");
}

TEST(events, are_painted_on_a_terminal_without_letting_a_server_paint) {
    invocation call;
    call.terminal = true;
    call.answers["GET /v1/events"] = {stream(lost + "\n")};
    call.run({"events"});
    EXPECT_THAT(call.out, HasSubstr("\x1b[31mwarning \x1b[0m"));
    EXPECT_THAT(call.out, Not(HasSubstr("\x1b[2J")));
}

TEST(events, with_json_are_passed_on_as_they_are) {
    invocation call;
    call.answers["GET /v1/events"] = {stream(lost + "\n{\"half\n")};
    call.run({"events", "--json"});
    EXPECT_EQ(call.out, lost + "\n{\"half\n");
}

TEST(events, end_with_7_when_the_daemon_stops_and_say_so) {
    invocation call;
    call.answers["GET /v1/events"] = {stream(back + "\n")};
    EXPECT_EQ(call.run({"events"}).exit, 7);
    EXPECT_THAT(call.err, HasSubstr("headspaced has stopped"));
    EXPECT_EQ(call.asked.size(), 1U) << "what came meanwhile would be missing unseen";
}

TEST(events, end_with_7_when_the_connection_breaks_or_never_came) {
    invocation call;
    call.answers["GET /v1/events"] = {{0, {}, {}, errc::daemon_unreachable}};
    EXPECT_EQ(call.run({"events"}).exit, 7);
    EXPECT_THAT(call.err, HasSubstr("scripted failure"));
}
