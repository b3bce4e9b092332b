#include "daemon/peer_names.hpp"
#include "support/run_on.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

using namespace headspace;
using namespace headspace::daemon;
using headspace::test::run_on;
using namespace std::chrono_literals;

namespace {

admin::peer user(uid_t uid) {
    admin::peer from;
    from.uid = uid;
    from.local = true;
    return from;
}

io::account alice() {
    io::account found;
    found.name = "alice";
    return found;
}

} // namespace

TEST(peer_names, each_uid_is_looked_up_once) {
    asio::io_context context;
    const auto asked = std::make_shared<std::atomic<int>>(0);
    peer_names names([asked](uid_t) -> result<io::account> {
        ++*asked;
        return alice();
    });
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(run_on(context, names.name_of(user(1000), clock::now() + 30s)), "alice");
    EXPECT_EQ(*asked, 1);
    EXPECT_EQ(peer_text(user(1000), "alice"), "uid 1000 (alice)");
}

TEST(peer_names, who_has_no_name_is_known_by_the_number) {
    asio::io_context context;
    peer_names names([](uid_t) -> result<io::account> {
        return make_error(errc::io_failed, error_class::refuse, "there is no such user");
    });
    EXPECT_EQ(run_on(context, names.name_of(user(4711), clock::now() + 30s)), "uid 4711");
    EXPECT_EQ(peer_text(user(4711), "uid 4711"), "uid 4711");
}

TEST(peer_names, a_user_database_that_hangs_costs_the_name_and_not_the_event_loop) {
    asio::io_context context;
    const auto open = std::make_shared<std::promise<void>>();
    const std::shared_future<void> gate = open->get_future();
    peer_names names([gate](uid_t) -> result<io::account> {
        gate.wait();
        return alice();
    });
    EXPECT_EQ(run_on(context, names.name_of(user(1000), clock::now() + 20ms)), "uid 1000");
    open->set_value();
    EXPECT_EQ(run_on(context, names.name_of(user(1000), clock::now() + 30s)), "alice");
}

TEST(peer_names, the_systems_user_database_knows_root) {
    asio::io_context context;
    peer_names names;
    EXPECT_EQ(run_on(context, names.name_of(user(0), clock::now() + 30s)), "root");
}
