#include "log/line_queue.hpp"
#include "log/record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

using namespace headspace;
using namespace headspace::log;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

const wall_time noon{1763719200123ms};

line of(const std::string& message, log_level level = log_level::info) {
    return {level, noon, encode({level, "", message, {}})};
}

std::vector<std::string> messages(line_queue& queue) {
    std::vector<std::string> out;
    while (auto l = queue.take(noon + 1s))
        out.push_back(decode(l->record).message);
    return out;
}

const std::size_t size_of_one = of("x").record.size();

} // namespace

TEST(line_queue, lines_come_out_in_order_with_the_time_of_their_event) {
    line_queue queue(1000);
    EXPECT_TRUE(queue.empty());
    EXPECT_TRUE(queue.push(of("first")));
    EXPECT_TRUE(queue.push(of("second", log_level::error)));
    EXPECT_FALSE(queue.empty());
    const auto first = queue.take(noon + 1s);
    EXPECT_EQ(first->at, noon);
    EXPECT_EQ(decode(first->record).message, "first");
    EXPECT_EQ(queue.take(noon + 1s)->level, log_level::error);
    EXPECT_FALSE(queue.take(noon + 1s));
}

TEST(line_queue, what_finds_no_room_is_dropped_and_told_in_its_place) {
    line_queue queue(4 * size_of_one);
    for (const char* text : {"a", "b", "c", "d"})
        EXPECT_TRUE(queue.push(of(text)));
    EXPECT_FALSE(queue.push(of("e")));
    EXPECT_FALSE(queue.push(of("f")));
    for (int i = 0; i < 3; ++i)
        (void)queue.take(noon);
    EXPECT_TRUE(queue.push(of("g"))) << "there is room again";
    EXPECT_THAT(messages(queue),
                ElementsAre("d", "2 log lines dropped: nobody took them in time", "g"));
    EXPECT_EQ(queue.dropped(), 2U);
}

TEST(line_queue, a_row_of_drops_is_one_notice_although_the_reader_goes_on_a_line_at_a_time) {
    line_queue queue(4 * size_of_one);
    for (const char* text : {"a", "b", "c", "d", "e"})
        (void)queue.push(of(text));
    (void)queue.take(noon);
    EXPECT_FALSE(queue.push(of("f"))) << "more than half of it still waits";
    (void)queue.take(noon);
    (void)queue.take(noon);
    EXPECT_TRUE(queue.push(of("g")));
    EXPECT_THAT(messages(queue),
                ElementsAre("d", "2 log lines dropped: nobody took them in time", "g"));
}

TEST(line_queue, drops_are_told_when_all_is_read_even_if_nothing_follows) {
    line_queue queue(size_of_one);
    (void)queue.push(of("a"));
    (void)queue.push(of("b"));
    (void)queue.take(noon);
    EXPECT_FALSE(queue.empty());
    const auto told = queue.take(noon + 5s);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->at, noon + 5s);
    EXPECT_EQ(told->level, log_level::warning);
    const log_event event = decode(told->record);
    EXPECT_EQ(event.message, "1 log line dropped: nobody took them in time");
    EXPECT_EQ(event.name, "log_dropped");
    EXPECT_THAT(event.fields, ElementsAre(std::pair<std::string, std::string>("DROPPED", "1")));
    EXPECT_TRUE(queue.empty());
    EXPECT_THAT(messages(queue), IsEmpty());
}

TEST(line_queue, a_line_longer_than_the_limit_passes_when_nothing_waits) {
    line_queue queue(10);
    EXPECT_TRUE(queue.push(of(std::string(5000, 'x'))));
    EXPECT_FALSE(queue.push(of("y")));
}
