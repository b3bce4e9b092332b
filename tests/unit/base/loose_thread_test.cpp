#include "base/loose_thread.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

using namespace headspace;

TEST(loose_thread, is_counted_from_before_it_runs_until_it_has_ended) {
    std::promise<void> end;
    std::thread thread([loose = loose_thread(), ended = end.get_future()] { ended.wait(); });
    EXPECT_EQ(loose_thread::count(), 1U);
    end.set_value();
    thread.join();
    EXPECT_EQ(loose_thread::count(), 0U);
}
