// Every command's --help ends with examples that can be typed, and with the exit codes.
#include "ctl/commands.hpp"
#include "scripted_daemon.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

using namespace headspace;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

struct understood {};

/// The whole command line; what it would do is not done.
struct command_line {
    std::ostringstream out, err;
    ctl::context ctx{out, err};
    CLI::App app{"all of it", "headspacectl"};

    command_line() {
        app.require_subcommand(1);
        ctl::register_commands(app, ctx);
        // Runs when everything was understood, before the callback of any command.
        app.parse_complete_callback([] { throw understood{}; });
    }

    void for_each(const std::function<void(CLI::App&, const std::string&)>& use) {
        visit(app, "", use);
    }

private:
    static void visit(CLI::App& from, const std::string& path,
                      const std::function<void(CLI::App&, const std::string&)>& use) {
        use(from, path);
        for (CLI::App* one : from.get_subcommands({}))
            visit(*one, path + (path.empty() ? "" : " ") + one->get_name(), use);
    }
};

/// Without what it is for: "  # ...".
std::string typed(const std::string& line) {
    return line.substr(0, line.find("  #"));
}

std::vector<std::string> examples_of(const CLI::App& command) {
    std::vector<std::string> found;
    std::istringstream lines(command.get_footer());
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("  "))
            found.push_back(typed(line.substr(2)));
    return found;
}

} // namespace

TEST(help, every_command_has_an_example_and_the_exit_codes) {
    command_line all;
    int seen = 0;
    all.for_each([&](CLI::App& one, const std::string& path) {
        ++seen;
        EXPECT_THAT(one.get_footer(), StartsWith("Examples:\n"))
            << path << " has no example: ctl/examples.cpp";
        EXPECT_THAT(one.get_footer(), HasSubstr("Exit codes: 0 ")) << path;
        EXPECT_NE(one.get_description(), "") << path;
    });
    EXPECT_GT(seen, 30);
}

TEST(help, every_example_is_of_its_command_and_is_a_right_command_line) {
    std::vector<std::pair<std::string, std::string>> lines; // path, example
    command_line names;
    names.for_each([&](CLI::App& one, const std::string& path) {
        for (const std::string& line : examples_of(one))
            lines.emplace_back(path, line);
    });
    ASSERT_FALSE(lines.empty());
    for (const auto& [path, line] : lines) {
        ASSERT_THAT(line, StartsWith("headspacectl "));
        command_line fresh;
        EXPECT_THROW(fresh.app.parse(line, true), understood) << line;
        std::string used;
        for (const CLI::App* at = &fresh.app; !at->get_subcommands().empty();) {
            at = at->get_subcommands().front();
            used += (used.empty() ? "" : " ") + at->get_name();
        }
        EXPECT_TRUE(used == path || path.empty() || used.starts_with(path + " "))
            << line << " stands in the help of " << path;
    }
}

TEST(help, what_is_printed_has_the_examples) {
    ctl::testing::invocation call;
    EXPECT_EQ(call.run({"db", "upgrade", "--help"}).exit, 0);
    EXPECT_THAT(call.out, HasSubstr("Examples:\n  headspacectl db upgrade\n"));
    EXPECT_THAT(call.run({"--help"}).out, HasSubstr("headspacectl explain 28P01"));
}
