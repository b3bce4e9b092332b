// The monitor on a pool whose server does what it is told.
#include "health/monitor.hpp"
#include "support/fake_session.hpp"
#include "support/run_on.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;

namespace {

pool::pool_settings quiet() {
    pool::pool_settings s;
    s.size = s.min_idle = 1;
    s.max_waiters = 10;
    s.connect_parallelism = 1;
    s.ping_after = s.idle_timeout = s.tick = s.lease_warn = 1h;
    s.ping_timeout = s.reset_timeout = s.close_timeout = s.connect_timeout = 1s;
    s.backoff_initial = s.backoff_max = 10ms;
    s.stable_after = s.operator_interval = s.repeat = 1h;
    return s;
}

} // namespace

TEST(monitor, a_background_ping_that_throws_is_reported_and_followed_by_another) {
    asio::io_context context;
    const auto server = std::make_shared<fake_server>();
    random_jitter jitter{1};
    pool::pool pool(context.get_executor(), quiet(),
                    std::make_shared<fake_connector>(server, context.get_executor()), jitter,
                    [](const log_event&) {});
    pool.start();
    ASSERT_TRUE(run_on(context, pool.first_outcome()));
    std::vector<std::string> said;
    health::monitor monitor(context.get_executor(), pool, {.timeout = 1s, .max_age = 0s},
                            [&](const log_event& e) { said.push_back(e.name); });
    const auto ask = [&] {
        (void)monitor.now({});
        context.restart();
        while (context.poll_one() > 0) {
        }
    };
    monitor.on_ping([] { throw std::runtime_error("on purpose"); });
    ask();
    EXPECT_EQ(server->pings, 1);
    EXPECT_EQ(said, std::vector<std::string>{"health_ping_failed"});
    monitor.on_ping(nullptr);
    ask();
    EXPECT_EQ(server->pings, 2);
    EXPECT_EQ(said.size(), 1U);
    run_on(context, pool.drain(clock::now() + 1s));
}
