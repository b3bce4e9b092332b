#include "log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unistd.h>

using namespace headspace;
using namespace headspace::log;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

/// Takes lines, or does not: a pipe that nobody reads. Shared with the logger's thread, which may
/// outlive the test.
class reader {
public:
    line_writer writer() {
        return [state = state_](const log_event& event, wall_time) {
            std::unique_lock lock(state->mutex);
            ++state->entered;
            state->changed.notify_all();
            state->changed.wait(lock, [&] { return state->open; });
            state->lines.push_back(event.message);
        };
    }
    void open(bool yes) {
        const std::lock_guard lock(state_->mutex);
        state_->open = yes;
        state_->changed.notify_all();
    }
    /// The logger's thread is stuck in the writer.
    void wait_until_entered() {
        std::unique_lock lock(state_->mutex);
        state_->changed.wait(lock, [&] { return state_->entered > 0; });
    }
    std::vector<std::string> lines() {
        const std::lock_guard lock(state_->mutex);
        return state_->lines;
    }

private:
    struct state {
        std::mutex mutex;
        std::condition_variable changed;
        bool open = true;
        int entered = 0;
        std::vector<std::string> lines;
    };
    std::shared_ptr<state> state_ = std::make_shared<state>();
};

log_event said(const std::string& message, log_level level = log_level::info) {
    return {level, "", message, {}};
}

constexpr limits patient{1024 * 1024, 60s};

} // namespace

TEST(logger, what_is_logged_is_written_in_order_and_above_the_level_only) {
    reader to;
    logger log(to.writer(), log_level::info, patient);
    log.write(said("a"));
    log.write(said("b", log_level::debug));
    log.set_level(log_level::debug);
    log.write(said("c", log_level::debug));
    EXPECT_TRUE(log.flush());
    EXPECT_THAT(to.lines(), ElementsAre("a", "c"));
}

TEST(logger, a_reader_that_does_not_read_holds_nobody_up_and_costs_lines_that_are_counted) {
    reader to;
    to.open(false);
    logger log(to.writer(), log_level::info, {4096, 60s});
    log.write(said("stuck"));
    to.wait_until_entered();
    for (int i = 0; i < 10'000; ++i)
        log.write(said("line " + std::to_string(i)));
    EXPECT_GT(log.dropped(), 9'000U);
    to.open(true);
    EXPECT_TRUE(log.flush());
    const std::uint64_t dropped = log.dropped();
    log.write(said("after"));
    EXPECT_TRUE(log.flush());
    const auto lines = to.lines();
    ASSERT_GT(lines.size(), 3U);
    EXPECT_EQ(lines[0], "stuck");
    EXPECT_EQ(lines[1], "line 0") << "the first ones are kept: they name the cause";
    EXPECT_EQ(lines.back(), "after");
    EXPECT_THAT(lines[lines.size() - 2], HasSubstr(std::to_string(dropped) + " log lines dropped"));
    EXPECT_EQ(lines.size() - 3 + dropped, 10'000U) << "each line was written or counted";
}

TEST(logger, waiting_for_a_reader_that_does_not_read_has_an_end) {
    reader to;
    to.open(false);
    {
        logger log(to.writer(), log_level::info, {4096, 20ms});
        log.write(said("stuck"));
        EXPECT_FALSE(log.flush());
        log.write(said("fatal", log_level::critical)); // waits, and gives up
    }                                                  // so does this
    EXPECT_THAT(to.lines(), ElementsAre());
    to.open(true); // the thread that was left behind comes free
}

TEST(logger, a_critical_event_is_written_when_its_call_returns) {
    reader to;
    logger log(to.writer(), log_level::info, patient);
    log.write(said("before"));
    log.write(said("fatal", log_level::critical));
    EXPECT_THAT(to.lines(), ElementsAre("before", "fatal"));
}

TEST(logger, what_waits_is_written_at_the_end) {
    reader to;
    {
        logger log(to.writer(), log_level::info, patient);
        for (int i = 0; i < 1000; ++i)
            log.write(said("x"));
    }
    EXPECT_EQ(to.lines().size(), 1000U);
}

namespace {

/// stderr as a pipe, until it goes away.
class piped_stderr {
public:
    piped_stderr() : before_(::dup(2)) {
        if (::pipe2(ends_, O_CLOEXEC) != 0 || ::dup2(ends_[1], 2) != 2)
            throw std::runtime_error("no pipe");
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK); // only who reads does not wait
    }
    ~piped_stderr() {
        ::dup2(before_, 2);
        for (const int fd : {before_, ends_[0], ends_[1]})
            ::close(fd);
    }
    /// What is in it now.
    [[nodiscard]] std::string read() const {
        std::string out;
        char buffer[65536];
        for (ssize_t n; (n = ::read(ends_[0], buffer, sizeof buffer)) > 0;)
            out.append(buffer, static_cast<std::size_t>(n));
        return out;
    }

private:
    int before_;
    int ends_[2]{};
};

} // namespace

TEST(logger, a_pipe_that_has_room_has_the_line_when_the_call_returns) {
    const piped_stderr pipe;
    logger log(format::text, log_level::info, patient);
    for (int i = 0; i < 20; ++i) {
        log.write(said("line " + std::to_string(i)));
        EXPECT_THAT(pipe.read(), HasSubstr("line " + std::to_string(i) + "\n"));
    }
}

TEST(logger, a_pipe_that_is_full_is_left_to_the_thread_and_the_order_stays) {
    const piped_stderr pipe;
    std::string all;
    {
        logger log(format::text, log_level::info, patient);
        for (int i = 0; i < 5000; ++i)
            log.write(said("line " + std::to_string(i) + std::string(100, '.')));
        while (all.find("line 4999") == std::string::npos) {
            all += pipe.read();
            std::this_thread::yield();
        }
    }
    std::size_t at = 0;
    for (int i = 0; i < 5000; ++i) {
        const std::size_t next = all.find("line " + std::to_string(i) + ".", at);
        ASSERT_NE(next, std::string::npos) << i;
        at = next;
    }
}

TEST(logger, a_writer_that_throws_loses_its_line_only) {
    reader to;
    const line_writer inner = to.writer();
    logger log(
        [inner](const log_event& event, wall_time at) {
            if (event.message == "bad")
                throw std::runtime_error("no journal");
            inner(event, at);
        },
        log_level::info, patient);
    log.write(said("a"));
    log.write(said("bad"));
    log.write(said("b"));
    EXPECT_TRUE(log.flush());
    EXPECT_THAT(to.lines(), ElementsAre("a", "b"));
}

TEST(logger, a_secret_is_taken_out_before_the_line_waits) {
    reader to;
    logger log(to.writer(), log_level::info, patient);
    log.hide({secret("hunter22")});
    log.write(said("password is hunter22"));
    log.hide({});
    EXPECT_TRUE(log.flush());
    EXPECT_THAT(to.lines(), ElementsAre("password is ***"));
}

TEST(logger_death, an_exception_that_nobody_caught_is_in_the_log) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            logger log(format::text, log_level::info, patient);
            log_uncaught_exceptions(log);
            std::thread([] { throw std::runtime_error("out of coffee"); }).join();
        },
        "critical an exception that nobody caught: out of coffee");
}
