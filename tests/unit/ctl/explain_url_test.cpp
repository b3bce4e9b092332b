// explain-url: where the string comes from, and what is printed.
#include "ctl/db_model.hpp"
#include "scripted_daemon.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

using namespace headspace;
using namespace headspace::ctl::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST(explain_url_command, a_string_is_taken_apart_without_a_daemon) {
    invocation call;
    EXPECT_EQ(call.run({"explain-url", "postgres://app@db.example.com/shop"}).exit, 0);
    EXPECT_THAT(call.out, StartsWith("postgresql://app@db.example.com:5432/shop\n"));
    EXPECT_THAT(call.out, HasSubstr("read as  postgres:// is read as postgresql://\n"));
    EXPECT_THAT(call.asked, IsEmpty());
}

TEST(explain_url_command, it_comes_from_a_variable_or_from_standard_input) {
    invocation call;
    call.variables["SHOP_URL"] = "postgresql://app:s3cr3t@h/shop";
    EXPECT_EQ(call.run({"explain-url", "env:SHOP_URL"}).exit, 0);
    EXPECT_THAT(call.out, StartsWith("postgresql://app:***@h:5432/shop\n"));
    EXPECT_THAT(call.out, Not(HasSubstr("history")));
    call.input = "postgresql://other@h/shop";
    EXPECT_THAT(call.run({"explain-url", "-"}).out, StartsWith("postgresql://other@h:5432/shop\n"));
    EXPECT_EQ(call.run({"explain-url", "env:NOT_SET"}).exit, 2);
    EXPECT_THAT(call.err, HasSubstr("NOT_SET is not set"));
}

TEST(explain_url_command, a_password_that_was_typed_is_warned_of_and_never_shown) {
    invocation call;
    EXPECT_EQ(call.run({"explain-url", "postgresql://app:s3cr3t@h/shop"}).exit, 0);
    EXPECT_THAT(call.out, HasSubstr("warning  a password on a command line"));
    EXPECT_THAT(call.out + call.err, Not(HasSubstr("s3cr3t")));
}

TEST(explain_url_command, a_mistake_exits_2_and_names_the_column) {
    invocation call;
    EXPECT_EQ(call.run({"explain-url", "postgresql://u:s3cr3t%@h/d"}).exit, 2);
    EXPECT_THAT(call.err, HasSubstr("(column 22)"));
    EXPECT_THAT(call.out + call.err, Not(HasSubstr("s3cr3t")));
    EXPECT_EQ(call.run({"explain-url"}).exit, 2);
}

TEST(explain_url_command, json_has_the_same) {
    invocation call;
    call.run({"explain-url", "postgresql://app@db.example.com/shop", "--json"});
    const auto body = boost::json::parse(call.out);
    EXPECT_EQ(body.at("masked"), "postgresql://app@db.example.com:5432/shop");
    EXPECT_EQ(body.at("tls").at("sslmode"), "require");
    EXPECT_EQ(body.at("values").at(0).at("name"), "user");
}

TEST(explain_url_command, the_argument_is_overwritten_in_the_process) {
    std::array<std::string, 4> words{"headspacectl", "explain-url", "--json",
                                     "postgresql://app:s3cr3t@h/x"};
    std::array<char*, 5> argv{words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                              nullptr};
    ctl::blank_url_arguments(4, argv.data());
    EXPECT_EQ(words[3], std::string(words[3].size(), '*'));
    EXPECT_EQ(words[2], "--json");
}
