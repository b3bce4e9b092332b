#include "daemon/operations.hpp"

#include <gtest/gtest.h>

#include <vector>

using namespace headspace;
using daemon::line_feed;
using daemon::operation_state;
using daemon::operations;

namespace {

struct follower {
    std::vector<std::string> lines;
    bool ended = false;

    void start(asio::io_context& io, std::shared_ptr<line_feed> feed, std::uint64_t from = 0) {
        auto loop = [this, feed, from]() -> asio::awaitable<void> {
            std::uint64_t position = from;
            for (;;) {
                const auto line = co_await line_feed::next(feed, &position);
                if (!line)
                    break;
                lines.push_back(*line);
            }
            ended = true;
        };
        asio::co_spawn(io, loop, asio::detached);
    }
};

void turn(asio::io_context& io) {
    io.restart();
    io.poll();
}

} // namespace

TEST(operations, one_runs_at_a_time_and_the_refusal_names_it) {
    asio::io_context io;
    operations ops(io.get_executor(), "run", 10, 100);
    const auto first = ops.begin("upgrade", "uid 0", wall_time{}, [] {});
    ASSERT_TRUE(first.has_value());
    const auto second = ops.begin("downgrade", "uid 1", wall_time{}, [] {});
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, make_error_code(errc::operation_running));
    EXPECT_NE(second.error().message.find((*first)->id), std::string::npos);
    ops.finish(**first, operation_state::succeeded, "{}", wall_time{});
    EXPECT_TRUE(ops.begin("downgrade", "uid 1", wall_time{}, [] {}).has_value());
}

TEST(operations, any_number_can_follow_and_a_late_one_sees_everything) {
    asio::io_context io;
    operations ops(io.get_executor(), "run", 10, 100);
    const auto op = ops.begin("upgrade", "uid 0", wall_time{}, [] {}).value();
    follower early;
    early.start(io, op->feed);
    turn(io);
    op->feed->push("one");
    turn(io);
    EXPECT_EQ(early.lines, std::vector<std::string>{"one"});
    ops.finish(*op, operation_state::failed, "end", wall_time{});
    follower late;
    late.start(io, op->feed);
    turn(io);
    EXPECT_EQ(early.lines, (std::vector<std::string>{"one", "end"}));
    EXPECT_EQ(late.lines, early.lines);
    EXPECT_TRUE(early.ended);
    EXPECT_TRUE(late.ended);
}

TEST(operations, a_full_feed_drops_its_oldest_lines) {
    asio::io_context io;
    const auto feed = std::make_shared<line_feed>(io.get_executor(), 2);
    for (const char* line : {"a", "b", "c"})
        feed->push(line);
    feed->close();
    follower reader;
    reader.start(io, feed);
    turn(io);
    EXPECT_EQ(reader.lines, (std::vector<std::string>{"b", "c"}));
}

TEST(operations, only_the_last_ones_are_remembered) {
    asio::io_context io;
    operations ops(io.get_executor(), "run", 2, 100);
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        const auto op = ops.begin("upgrade", "uid 0", wall_time{}, [] {}).value();
        ids.push_back(op->id);
        ops.finish(*op, operation_state::succeeded, "{}", wall_time{});
    }
    EXPECT_EQ(ops.find(ids[0]), nullptr);
    EXPECT_NE(ops.find(ids[2]), nullptr);
}
