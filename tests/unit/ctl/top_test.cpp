// top: one picture in a pipe, and the loop around a screen.
#include "scripted_daemon.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::ctl::testing;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

scripted_answer status(int acquires) {
    return {200,
            R"({"status":"healthy","state":"running","database":"connected","started":"x",
                "pool":{"state":"up","size":10,"acquires":)" +
                std::to_string(acquires) + "}}",
            "application/json",
            {}};
}

scripted_answer unreachable() {
    return {0, {}, {}, errc::daemon_unreachable};
}

/// What was shown, and the keys that come: one with each wait, which lasts as long as it may.
struct shown {
    std::vector<std::vector<std::string>> pictures;
    std::string keys;
    std::vector<duration> waits;
    int open = 0;
};

class fake_screen final : public ctl::screen {
public:
    fake_screen(shown& seen, duration& clock) : seen_(seen), clock_(clock) { ++seen_.open; }
    ~fake_screen() override { --seen_.open; }
    [[nodiscard]] ctl::screen_size size() const override { return {100, 30}; }
    void show(const std::vector<std::string>& lines) override { seen_.pictures.push_back(lines); }
    char wait(duration limit) override {
        seen_.waits.push_back(limit);
        const char key = seen_.keys.empty() ? 'q' : seen_.keys.front();
        seen_.keys.erase(0, 1);
        if (key == '.') // nothing is pressed
            clock_ += limit;
        return key == '.' ? '\0' : key;
    }

private:
    shown& seen_;
    duration& clock_;
};

struct on_a_terminal : ::testing::Test {
    shown seen;
    invocation call;
    on_a_terminal() {
        call.terminal = true;
        call.variables["NO_COLOR"] = "1";
        call.open_screen = [this] {
            return std::make_unique<fake_screen>(seen, call.waited);
        };
    }
};

using top = on_a_terminal;

} // namespace

TEST(top_in_a_pipe, is_one_picture) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"top"}, {"top", "--interval", "1s"}, {"top", "--once"}}) {
        invocation call;
        call.answers["GET /v1/status"] = {status(5)};
        EXPECT_EQ(call.run(words).exit, 0);
        EXPECT_THAT(call.out, StartsWith("headspaced healthy"));
        EXPECT_THAT(call.out, HasSubstr("so far      5 acquires"));
        EXPECT_EQ(call.asked.size(), 1U);
    }
}

TEST(top_in_a_pipe, without_a_daemon_is_7) {
    invocation call;
    call.answers["GET /v1/status"] = {unreachable()};
    EXPECT_EQ(call.run({"top"}).exit, 7);
    EXPECT_EQ(call.out, "");
}

TEST(top_in_a_pipe, with_json_is_the_answer_itself) {
    invocation call;
    call.answers["GET /v1/status"] = {status(5)};
    EXPECT_EQ(call.run({"top", "--json"}).exit, 0);
    EXPECT_THAT(call.out, StartsWith("{\"status\":\"healthy\""));
}

TEST(top_in_a_pipe, an_interval_that_is_none_is_wrong_usage) {
    for (const char* interval : {"soon", "0", "-1", "1ms"}) {
        invocation call;
        EXPECT_EQ(call.run({"top", std::string("--interval=") + interval}).exit, 2) << interval;
        EXPECT_TRUE(call.asked.empty());
    }
}

TEST_F(top, q_ends_it_and_gives_the_screen_back) {
    call.answers["GET /v1/status"] = {status(5)};
    EXPECT_EQ(call.run({"top"}).exit, 0);
    EXPECT_EQ(seen.pictures.size(), 1U);
    EXPECT_EQ(seen.open, 0);
    EXPECT_EQ(call.out, "");
    EXPECT_EQ(seen.pictures[0].back(), "q quits; every 2s");
}

TEST_F(top, once_does_not_take_the_screen) {
    call.answers["GET /v1/status"] = {status(5)};
    EXPECT_EQ(call.run({"top", "--once"}).exit, 0);
    EXPECT_TRUE(seen.pictures.empty());
    EXPECT_THAT(call.out, StartsWith("headspaced healthy"));
}

TEST_F(top, asks_again_after_the_interval_and_shows_rates) {
    seen.keys = "..q";
    call.answers["GET /v1/status"] = {status(100), status(140)};
    call.run({"top", "--interval", "4s"});
    ASSERT_EQ(seen.pictures.size(), 3U);
    EXPECT_THAT(seen.pictures[0], ::testing::Contains(HasSubstr("100 acquires")));
    EXPECT_THAT(seen.pictures[1], ::testing::Contains(HasSubstr("10/s acquires")));
    EXPECT_THAT(seen.waits, Each(duration(4s)));
}

TEST_F(top, another_key_draws_again_and_asks_nobody) {
    seen.keys = "xx.q";
    call.answers["GET /v1/status"] = {status(100)};
    call.run({"top"});
    EXPECT_EQ(seen.pictures.size(), 4U);
    EXPECT_EQ(call.asked.size(), 2U);
}

TEST_F(top, goes_on_while_the_daemon_is_away_and_says_since_when) {
    seen.keys = "....q";
    call.answers["GET /v1/status"] = {status(100), unreachable(), unreachable(), status(3)};
    EXPECT_EQ(call.run({"top"}).exit, 0);
    EXPECT_EQ(call.err, "");
    ASSERT_EQ(seen.pictures.size(), 5U);
    EXPECT_THAT(seen.pictures[1][0], StartsWith("headspaced unreachable for 0 ms, retrying: "));
    EXPECT_THAT(seen.pictures[2][0], AllOf(StartsWith("headspaced unreachable for 2.0 s"),
                                           HasSubstr("scripted failure")));
    EXPECT_THAT(seen.pictures[3][0], StartsWith("headspaced healthy"));
    EXPECT_THAT(seen.pictures[3], ::testing::Contains(HasSubstr("so far      3 acquires")))
        << "no rate across the gap";
}

TEST_F(top, no_answer_is_waited_for_longer_than_a_person_would) {
    call.answers["GET /v1/status"] = {status(100)};
    call.run({"top", "--timeout", "60"});
    EXPECT_LE(call.asked[0].timeout, duration(2s));
}
