// explain: the words, the JSON, and what is not known.
#include "problems/explanations.hpp"
#include "scripted_daemon.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::ctl::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(explain, a_sqlstate_says_what_it_means_why_and_what_to_do) {
    invocation call;
    EXPECT_EQ(call.run({"explain", "28p01"}).exit, 0);
    EXPECT_THAT(call.out, StartsWith("28P01: Password rejected\n"));
    for (const char* part : {"Likely causes\n", "What to do\n", "database.password_file",
                             "exit code     6, the database is unavailable\n", "heals itself  "})
        EXPECT_THAT(call.out, HasSubstr(part));
    EXPECT_THAT(call.asked, IsEmpty()) << "no daemon is needed";
}

TEST(explain, a_problem_code_names_its_exit_code) {
    invocation call;
    EXPECT_EQ(call.run({"explain", "migration-locked"}).exit, 0);
    EXPECT_THAT(call.out, HasSubstr("exit code     4, busy\n"));
}

TEST(explain, without_a_name_it_lists_all_of_them) {
    invocation call;
    EXPECT_EQ(call.run({"explain"}).exit, 0);
    for (const auto& one : problems::explain_all())
        EXPECT_THAT(call.out, HasSubstr(one.name));
}

TEST(explain, json_has_one_object_or_the_list) {
    invocation call;
    call.run({"explain", "28P01", "--json"});
    const auto one = boost::json::parse(call.out).as_object();
    EXPECT_EQ(one.at("code"), "28P01");
    EXPECT_EQ(one.at("kind"), "sqlstate");
    EXPECT_EQ(one.at("exit"), 6);
    EXPECT_TRUE(one.at("heals_itself").as_bool());
    call.run({"explain", "--json"});
    EXPECT_EQ(boost::json::parse(call.out).at("explanations").as_array().size(),
              problems::explain_all().size());
}

TEST(explain, an_unknown_name_exits_2_and_says_what_may_be_meant) {
    invocation call;
    EXPECT_EQ(call.run({"explain", "lock-timout"}).exit, 2);
    EXPECT_THAT(call.err, HasSubstr("did you mean \"lock-timeout\"?"));
    EXPECT_EQ(call.out, "");
    EXPECT_EQ(call.run({"explain", "something else entirely"}).exit, 2);
    EXPECT_THAT(call.err, HasSubstr("headspacectl explain lists"));
}

TEST(explain, on_a_narrow_terminal_no_line_is_longer_than_it) {
    invocation call;
    call.terminal = true;
    call.columns = 60;
    call.run({"explain", "28000"});
    std::istringstream lines(call.out);
    for (std::string line; std::getline(lines, line);)
        EXPECT_LE(line.size(), 60U) << line;
}
