#include "daemon/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

using namespace headspace::daemon;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

options parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "headspaced");
    return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

} // namespace

TEST(options, nothing_asked_means_the_default_files) {
    const options o = parse({});
    EXPECT_FALSE(o.end);
    EXPECT_FALSE(o.request.config_file);
    EXPECT_FALSE(o.request.env_file);
    EXPECT_FALSE(o.request.test || o.request.embedded || o.check_config || o.print_config);
}

TEST(options, every_option_arrives) {
    const options o = parse({"--config", "/x/h.toml", "--env-file=e", "--test", "--embedded",
                             "--check-config", "--print-config", "--probe"});
    EXPECT_FALSE(o.end);
    EXPECT_EQ(o.request.config_file, "/x/h.toml");
    EXPECT_EQ(o.request.env_file, "e");
    EXPECT_TRUE(o.request.test && o.request.embedded && o.check_config && o.print_config);
    EXPECT_TRUE(o.probe);
}

TEST(options, help_and_version_end_well_on_standard_output) {
    const options help = parse({"--help"});
    ASSERT_TRUE(help.end);
    EXPECT_THAT(help.end->text, HasSubstr("Examples:\n  headspaced\n"));
    EXPECT_THAT(help.end->text, HasSubstr("Exit status: 0 "));
    EXPECT_EQ(help.end->status, 0);
    EXPECT_FALSE(help.end->to_stderr);
    for (const char* name : {"--config", "--env-file", "--test", "--embedded", "--check-config",
                             "--print-config", "--version", "/etc/headspace/headspaced.toml"})
        EXPECT_THAT(help.end->text, HasSubstr(name));
    const options version = parse({"--version"});
    ASSERT_TRUE(version.end);
    EXPECT_THAT(version.end->text, StartsWith("headspaced 0."));
    EXPECT_EQ(version.end->status, 0);
}

TEST(options, an_unknown_option_is_named_without_its_value) {
    EXPECT_THAT(parse({"--test", "--tset=canary"}).end->text,
                StartsWith("headspaced: unknown option or argument --tset\n"));
}

TEST(options, a_wrong_option_ends_with_1_and_a_way_to_help) {
    for (const std::vector<const char*>& wrong :
         {std::vector<const char*>{"--tset"}, {"--config"}, {"postgresql://u:p@h/d"}}) {
        const options o = parse(wrong);
        ASSERT_TRUE(o.end);
        EXPECT_EQ(o.end->status, 1);
        EXPECT_TRUE(o.end->to_stderr);
        EXPECT_THAT(o.end->text, HasSubstr("Try 'headspaced --help'."));
        EXPECT_THAT(o.end->text, testing::Not(HasSubstr("u:p@h")));
    }
}
