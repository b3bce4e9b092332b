#include "ctl/db_directory.hpp"

#include <gtest/gtest.h>

using headspace::ctl::choose_directory;

namespace {

using answer = std::optional<std::string>;

std::string chosen(const std::string& option, const std::string& variable, const answer& daemon) {
    const auto choice = choose_directory(option, variable, [&] { return daemon; });
    return choice.path.string() + " by " + choice.source;
}

} // namespace

TEST(migrations_directory, the_option_beats_the_variable_beats_the_daemon_beats_the_folder_here) {
    EXPECT_EQ(chosen("a", "b", "/tmp"), "a by -d");
    EXPECT_EQ(chosen("", "b", "/tmp"), "b by HEADSPACE_MIGRATIONS");
    EXPECT_EQ(chosen("", "", "/tmp"), "/tmp by headspaced");
    EXPECT_EQ(chosen("", "", {}), "migrations by the working directory");
}

TEST(migrations_directory, one_of_the_daemon_that_is_not_visible_here_is_passed_over) {
    EXPECT_EQ(chosen("", "", "/nowhere/at/all"), "migrations by the working directory");
    EXPECT_EQ(chosen("", "", ""), "migrations by the working directory");
}

TEST(migrations_directory, the_daemon_is_not_asked_when_the_answer_is_given) {
    bool asked = false;
    const auto daemon = [&]() -> answer {
        asked = true;
        return {};
    };
    (void)choose_directory("a", "", daemon);
    (void)choose_directory("", "b", daemon);
    EXPECT_FALSE(asked);
}
