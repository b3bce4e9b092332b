#include "io/blocking.hpp"
#include "support/run_on.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

using namespace headspace;
using namespace std::chrono_literals;

namespace {

/// Holds threads until it is opened; shared, because a thread may outlive its test.
struct gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_open = false;
    int waiting = 0;

    void pass() {
        std::unique_lock lock(mutex);
        ++waiting;
        changed.notify_all();
        changed.wait(lock, [&] { return is_open; });
    }
    void open() {
        const std::lock_guard lock(mutex);
        is_open = true;
        changed.notify_all();
    }
    void wait_for(int count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return waiting >= count; });
    }
};

} // namespace

TEST(blocking, a_call_runs_on_another_thread_and_returns_here) {
    asio::io_context context;
    io::blocking threads(1);
    const auto outcome = test::run_on(
        context, threads.run([] { return std::this_thread::get_id(); }, time_point::max(), "it"));
    ASSERT_TRUE(outcome);
    EXPECT_NE(*outcome, std::this_thread::get_id());
}

TEST(blocking, a_call_that_hangs_costs_its_deadline_and_nothing_else) {
    const auto held = std::make_shared<gate>();
    {
        asio::io_context context;
        io::blocking threads(2);
        const auto stuck = [held] {
            held->pass();
            return 1;
        };
        const auto outcome = test::run_on(context, threads.run(stuck, time_point::min(), "it"));
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, make_error_code(errc::timed_out));
        EXPECT_EQ(outcome.error().message, "it took longer than its limit");
        const auto other =
            test::run_on(context, threads.run([] { return 2; }, clock::now() + 1min, "other"));
        EXPECT_EQ(other.value(), 2);
        held->wait_for(1);
    } // the loop is gone while the call still hangs
    held->open();
}

TEST(blocking, calls_beyond_the_limit_wait_their_turn) {
    asio::io_context context;
    io::blocking threads(1);
    const auto held = std::make_shared<gate>();
    ASSERT_TRUE(threads.submit([held] { held->pass(); }));
    held->wait_for(1);
    const auto waits =
        test::run_on(context, threads.run([] { return 1; }, time_point::min(), "it"));
    EXPECT_FALSE(waits);
    held->open();
    EXPECT_TRUE(test::run_on(context, threads.run([] { return 1; }, clock::now() + 1min, "it")));
}
