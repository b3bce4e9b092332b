#include "io/child_process.hpp"
#include "support/process.hpp"
#include "support/run_on.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace headspace;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

struct ended_child {
    io::exit_status status;
    std::vector<std::string> lines;
};

io::child_options shell(const std::string& script) {
    io::child_options options;
    options.argv = {"/bin/sh", "-c", script};
    return options;
}

result<ended_child> run(io::child_options options) {
    asio::io_context context;
    ended_child ended;
    options.on_line = [&](std::string_view line) {
        ended.lines.emplace_back(line);
    };
    auto child = io::child_process::spawn(context.get_executor(), std::move(options));
    if (!child)
        return child.error();
    ended.status = test::run_on(context, child->wait());
    return ended;
}

} // namespace

TEST(child_process, all_output_has_arrived_when_its_end_is_told) {
    const auto ended = run(shell("echo one; echo two >&2; printf three")).value();
    EXPECT_TRUE(ended.status.success());
    EXPECT_THAT(ended.lines, ElementsAre("one", "two", "three"));
}

TEST(child_process, its_exit_status_and_its_signal_are_told_apart) {
    EXPECT_EQ(run(shell("exit 3"))->status.text(), "exit status 3");
    const auto killed = run(shell("kill -9 $$"))->status;
    EXPECT_FALSE(killed.success());
    EXPECT_EQ(killed.text(), "signal 9 (Killed)");
}

TEST(child_process, it_inherits_no_variable) {
    ::setenv("DATABASE_PASSWORD", "canary", 1);
    auto options = shell("env");
    options.environment = {"GIVEN=yes"};
    const auto lines = run(options)->lines;
    ::unsetenv("DATABASE_PASSWORD");
    EXPECT_THAT(lines, testing::Contains("GIVEN=yes"));
    EXPECT_THAT(lines, testing::Not(testing::Contains(HasSubstr("canary"))));
}

TEST(child_process, the_clean_environment_leaves_out_what_is_not_its_business) {
    for (const char* name : {"NOTIFY_SOCKET", "LISTEN_FDS", "WATCHDOG_USEC", "PGHOST"})
        ::setenv(name, "canary", 1);
    const auto environment = io::clean_environment();
    for (const char* name : {"NOTIFY_SOCKET", "LISTEN_FDS", "WATCHDOG_USEC", "PGHOST"})
        ::unsetenv(name);
    EXPECT_THAT(environment, testing::Each(testing::Not(HasSubstr("canary"))));
    EXPECT_THAT(environment, testing::Contains(testing::StartsWith("PATH=")));
}

TEST(child_process, a_line_longer_than_the_limit_comes_in_pieces) {
    auto options = shell("echo abcdefgh");
    options.line_limit = 3;
    EXPECT_THAT(run(options)->lines, ElementsAre("abc", "def", "gh"));
}

TEST(child_process, a_program_that_is_not_there_is_named_with_the_reason) {
    io::child_options options;
    options.argv = {"/nowhere/postgres"};
    const auto ended = run(options);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().message, "cannot execute /nowhere/postgres: No such file or directory");
}

TEST(child_process, it_starts_with_no_handler_no_blocked_signal_and_a_session_of_its_own) {
    std::signal(SIGINT, SIG_IGN);
    const auto lines = run(shell("grep -E '^Sig(Blk|Ign)' /proc/self/status;"
                                 "cut -d ' ' -f 6 /proc/$$/stat; echo $$"))
                           ->lines;
    std::signal(SIGINT, SIG_DFL);
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_EQ(lines[0], "SigBlk:\t0000000000000000");
    EXPECT_EQ(lines[1], "SigIgn:\t0000000000000000");
    EXPECT_EQ(lines[2], lines[3]);
}

TEST(child_process, its_status_is_known_even_where_SIGCHLD_was_ignored) {
    std::signal(SIGCHLD, SIG_IGN);
    const auto ended = run(shell("exit 4"));
    std::signal(SIGCHLD, SIG_DFL);
    EXPECT_EQ(ended->status.code, 4);
}

TEST(child_process, a_signal_to_the_group_reaches_its_children_too) {
    asio::io_context context;
    pid_t grandchild = 0;
    auto options = shell("sleep 1000 & echo $!; wait");
    options.on_line = [&](std::string_view line) {
        grandchild = std::stoi(std::string(line));
    };
    auto child = io::child_process::spawn(context.get_executor(), std::move(options)).value();
    while (grandchild == 0)
        context.run_one();
    child.signal_group(SIGTERM);
    EXPECT_EQ(test::run_on(context, child.wait()).signal, SIGTERM);
    EXPECT_TRUE(test::eventually([&] { return !test::is_running(grandchild); }));
}

TEST(child_process, a_wait_with_a_limit_ends_without_a_status_while_the_child_runs) {
    asio::io_context context;
    auto child = io::child_process::spawn(context.get_executor(), shell("exec sleep 1000")).value();
    EXPECT_FALSE(test::run_on(context, child.wait_for(1ms)));
    EXPECT_TRUE(child.running());
    child.signal(SIGKILL);
    const auto status = test::run_on(context, child.wait_for(10s));
    ASSERT_TRUE(status);
    EXPECT_EQ(status->signal, SIGKILL);
    EXPECT_FALSE(child.running());
}

TEST(child_process, one_that_nobody_wants_any_more_is_killed_and_collected) {
    asio::io_context context;
    pid_t pid = 0;
    {
        auto child =
            io::child_process::spawn(context.get_executor(), shell("exec sleep 1000")).value();
        pid = child.pid();
        EXPECT_TRUE(test::is_running(pid));
    }
    EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    context.run();
}

TEST(child_process, an_exception_of_who_hears_its_lines_ends_it_and_comes_out_of_the_wait) {
    asio::io_context context;
    auto options = shell("echo one; exec sleep 1000");
    options.on_line = [](std::string_view) {
        throw std::runtime_error("on purpose");
    };
    auto child = io::child_process::spawn(context.get_executor(), std::move(options)).value();
    EXPECT_THROW(test::run_on(context, child.wait()), std::runtime_error);
    EXPECT_FALSE(child.running());
    EXPECT_EQ(::waitpid(child.pid(), nullptr, WNOHANG), -1);
}

TEST(child_process, it_gets_its_signal_when_its_parent_is_killed) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        asio::io_context context;
        auto options = shell("exec sleep 1000");
        options.death_signal = SIGINT;
        auto child = io::child_process::spawn(context.get_executor(), std::move(options)).value();
        const pid_t pid = child.pid();
        [[maybe_unused]] const auto n = ::write(ends[1], &pid, sizeof pid);
        ::kill(::getpid(), SIGKILL);
    }
    pid_t child = 0;
    ASSERT_EQ(::read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
    ASSERT_TRUE(test::wait_for(parent, 30s));
    EXPECT_TRUE(test::eventually([&] { return !test::is_running(child); }));
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(child_process, a_thread_that_would_end_before_the_process_may_not_start_one) {
    std::optional<error> refused;
    std::thread([&] {
        asio::io_context context;
        auto options = shell("true");
        options.death_signal = SIGINT;
        auto child = io::child_process::spawn(context.get_executor(), std::move(options));
        if (!child)
            refused = child.error();
    }).join();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->kind, error_class::bug);
}

TEST(child_process, only_root_may_run_one_as_somebody_else) {
    auto options = shell("id -u; id -G");
    const auto nobody = io::find_account("nobody").value();
    options.run_as = nobody;
    const auto ended = run(options);
    if (::geteuid() == 0) {
        ASSERT_TRUE(ended) << ended.error().text();
        EXPECT_THAT(ended->lines,
                    ElementsAre(std::to_string(nobody.uid), std::to_string(nobody.gid)));
    } else {
        ASSERT_FALSE(ended);
        EXPECT_THAT(ended.error().message, HasSubstr("cannot change the user of /bin/sh"));
    }
}

TEST(child_process, accounts_are_found_by_name_and_by_id) {
    EXPECT_EQ(io::find_account("root")->uid, 0U);
    EXPECT_EQ(io::find_account(0U)->name, "root");
    EXPECT_EQ(io::find_account("no-such-user").error().message, "there is no user 'no-such-user'");
}
