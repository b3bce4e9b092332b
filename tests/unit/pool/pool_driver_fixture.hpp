// A pool on a server that does what it is told. Real timers, so every delay here is short.
#pragma once

#include "pool/pool.hpp"
#include "support/fake_session.hpp"
#include "support/run_on.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headspace::pool::testing {

using namespace headspace::test;
using namespace std::chrono_literals;

inline pool_settings quick() {
    pool_settings s;
    s.size = 2;
    s.min_idle = 1;
    s.max_waiters = 10000;
    s.connect_parallelism = 4;
    s.pre_ping = true;
    s.ping_after = 1h;
    s.ping_timeout = 50ms;
    s.idle_timeout = 1h;
    s.tick = 1h;
    s.lease_warn = 1h;
    s.reset_timeout = 50ms;
    s.close_timeout = 50ms;
    s.connect_timeout = 50ms;
    s.backoff_initial = 5ms;
    s.backoff_max = 20ms;
    s.stable_after = 1h;
    s.operator_interval = 20ms;
    s.repeat = 1min;
    return s;
}

inline errc code_of(const error& e) {
    return static_cast<errc>(e.code.value());
}

inline acquire_options patient(std::string purpose = "test", duration patience = 30s) {
    return {clock::now() + patience, on_down::wait, std::move(purpose)};
}

class pool_driver : public ::testing::Test {
protected:
    void open(pool_settings settings = quick()) {
        subject.emplace(context.get_executor(), std::move(settings),
                        std::make_shared<fake_connector>(server, context.get_executor()), jitter,
                        [this](log_event e) { events.push_back(std::move(e)); });
        subject->start();
    }
    void warm_up(pool_settings settings = quick()) {
        open(std::move(settings));
        ASSERT_TRUE(run_on(context, subject->first_outcome()));
    }
    lease take(std::string purpose = "test") {
        auto taken = run_on(context, subject->acquire(patient(std::move(purpose))));
        EXPECT_TRUE(taken) << taken.error().text();
        return std::move(taken.value());
    }
    void run_until(const std::function<bool()>& done) {
        const auto limit = clock::now() + 30s;
        context.restart();
        while (!done() && clock::now() < limit)
            context.run_one_for(100ms);
        EXPECT_TRUE(done());
    }
    /// Lets everything that is ready run.
    void settle() {
        context.restart();
        context.poll();
    }
    void give_back(lease& l) {
        l.release();
        settle();
    }
    int logged(std::string_view name) const {
        return static_cast<int>(std::count_if(events.begin(), events.end(),
                                              [&](const log_event& e) { return e.name == name; }));
    }
    void TearDown() override {
        if (!subject)
            return;
        run_on(context, subject->drain(clock::now() + 100ms));
        EXPECT_EQ(subject->snapshot().live, 0u);
        EXPECT_TRUE(subject->invariants_hold());
        EXPECT_TRUE(server->open.empty());
        EXPECT_EQ(server->misuse, std::vector<std::string>{});
        EXPECT_EQ(logged("pool_invariant"), 0);
        subject.reset();
    }

    std::shared_ptr<fake_server> server = std::make_shared<fake_server>();
    asio::io_context context;
    random_jitter jitter{1};
    std::vector<log_event> events;
    std::optional<headspace::pool::pool> subject;
};

} // namespace headspace::pool::testing
