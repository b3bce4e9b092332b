// Other programs: what they print, how they end, and that none is waited for without end.
#include "ctl/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::ctl;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

namespace {

constexpr duration long_enough = 120s;

} // namespace

TEST(program, both_outputs_and_the_exit_status_are_told_apart) {
    const auto ran = run_program({"sh", "-c", "echo out; echo err >&2; exit 3"}, long_enough);
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->out, "out\n");
    EXPECT_EQ(ran->err, "err\n");
    EXPECT_EQ(ran->status, 3);
}

TEST(program, much_on_one_output_does_not_hold_up_the_other) {
    const auto ran = run_program(
        {"sh", "-c", "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"}, long_enough);
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->out.size(), 300000U);
    EXPECT_EQ(ran->err.size(), 300000U);
}

TEST(program, its_standard_input_is_empty) {
    const auto ran = run_program({"cat"}, long_enough);
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->out, "");
    EXPECT_EQ(ran->status, 0);
}

TEST(program, one_that_was_killed_says_by_which_signal) {
    const auto ran = run_program({"sh", "-c", "kill -TERM $$"}, long_enough);
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->status, 128 + 15);
}

TEST(program, one_that_takes_too_long_is_ended) {
    const auto ran = run_program({"sleep", "3600"}, 10ms);
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().code, make_error_code(errc::timed_out));
    EXPECT_THAT(ran.error().message, HasSubstr("sleep did not end within"));
}

TEST(program, one_that_is_nowhere_is_named) {
    const auto ran = run_program({"no-such-program-anywhere"}, long_enough);
    ASSERT_FALSE(ran);
    EXPECT_THAT(ran.error().message, HasSubstr("no-such-program-anywhere was found neither"));
}
