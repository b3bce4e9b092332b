#include "daemon/watchdog.hpp"
#include "support/notify_socket.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace std::chrono_literals;

namespace {

struct watched {
    asio::io_context io{1};
    test::notify_socket manager;
    sd::notifier notifier{io.get_executor()};
    bool sound = true;

    void feed(duration interval) {
        const auto check = [this] {
            return sound;
        };
        asio::co_spawn(io, daemon::feed_watchdog(interval, check, notifier), asio::detached);
    }
};

} // namespace

TEST(watchdog, it_is_fed_again_and_again_while_the_loop_turns) {
    watched w;
    w.feed(3ms);
    for (int i = 0; i < 3; ++i) {
        w.io.run_one();
        while (!w.manager.take())
            ASSERT_GT(w.io.run_one(), 0U);
    }
}

TEST(watchdog, a_loop_that_does_not_turn_feeds_nothing) {
    watched w;
    w.feed(1ms);
    EXPECT_EQ(w.manager.take(), std::nullopt);
}

TEST(watchdog, what_is_unsound_is_told_at_once_and_nothing_after_it) {
    watched w;
    w.sound = false;
    w.feed(1h);
    w.io.run(); // ends: it does not go on
    EXPECT_EQ(w.manager.take(), "WATCHDOG=trigger");
    EXPECT_EQ(w.manager.take(), std::nullopt);
}

TEST(watchdog, what_becomes_unsound_is_told_at_the_next_turn) {
    watched w;
    w.feed(3ms);
    w.io.run_one();
    EXPECT_EQ(w.manager.take(), "WATCHDOG=1");
    w.sound = false;
    w.io.run();
    std::optional<std::string> last;
    while (auto message = w.manager.take())
        last = message;
    EXPECT_EQ(last, "WATCHDOG=trigger");
}
