#include "daemon/task.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::daemon;

namespace {

struct a_task : ::testing::Test {
    asio::io_context io;
    operations ops{io.get_executor(), "run", 4, 16};
    std::shared_ptr<operation> op = *ops.begin("check", "me", {}, nullptr);
    task_control control{op};
    int stopped = 0;
};

} // namespace

TEST_F(a_task, is_told_of_its_cancellation_once) {
    control.on_cancel([this] { ++stopped; });
    control.cancel();
    control.cancel();
    EXPECT_TRUE(control.cancelled());
    EXPECT_EQ(stopped, 1);
}

TEST_F(a_task, that_was_cancelled_before_it_listened_is_told_at_once) {
    control.cancel();
    control.on_cancel([this] { ++stopped; });
    EXPECT_EQ(stopped, 1);
}

TEST_F(a_task, that_took_its_listener_away_is_left_alone) {
    control.on_cancel([this] { ++stopped; });
    control.on_cancel({});
    control.cancel();
    EXPECT_EQ(stopped, 0);
}

TEST_F(a_task, puts_its_events_into_the_stream_of_its_operation) {
    control.warn("look out");
    std::optional<std::string> line;
    auto read = [&]() -> asio::awaitable<void> {
        std::uint64_t position = 0;
        line = co_await line_feed::next(op->feed, &position);
    };
    asio::co_spawn(io, read, asio::detached);
    io.run();
    EXPECT_EQ(line, R"({"event":"warning","text":"look out"})");
}
