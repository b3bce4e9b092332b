// The pool with real connections: what a borrower leaves behind, the idle watch across many short
// leases, and that a drain leaves no backend.
#include "pool/pool.hpp"
#include "support/process.hpp"
#include "support/session_frame.hpp"
#include "support/temp_cluster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;

namespace {

class pg_pool : public ::testing::Test {
protected:
    temp_cluster cluster;
    asio::io_context loop;
    random_jitter jitter{1};
    std::vector<log_event> events;
    std::optional<pool::pool> subject;

    void SetUp() override {
        config::settings settings;
        settings.database.pool_size = 3;
        pg::connect_settings connect = settings_for(cluster.url());
        connect.session_settings = {{"statement_timeout", "12345ms"}};
        subject.emplace(loop.get_executor(), pool::make_pool_settings(settings, connect.target),
                        pg::make_host_connector(loop.get_executor(), connect), jitter,
                        [this](log_event e) { events.push_back(std::move(e)); });
        subject->start();
        const auto outcome = run_on(loop, subject->first_outcome());
        ASSERT_TRUE(outcome) << outcome.error().text();
    }
    void TearDown() override {
        if (subject)
            run_on(loop, subject->drain(in(30s)));
        EXPECT_TRUE(eventually([&] { return cluster.backends("headspace_test").empty(); }));
    }
    pool::lease take() {
        pool::acquire_options options{in(30s), pool::on_down::wait, "test"};
        auto taken = run_on(loop, subject->acquire(std::move(options)));
        if (!taken)
            throw std::runtime_error(taken.error().text());
        return std::move(*taken);
    }
    std::string value(pool::lease& l, const std::string& sql) {
        const auto outcome = run_on(loop, l->query(sql, {}, in(30s)));
        if (!outcome)
            throw std::runtime_error(outcome.error().text());
        return std::string(outcome->text(0, 0));
    }
    void execute(pool::lease& l, const std::string& sql) {
        const auto outcome = run_on(loop, l->execute(sql, in(30s)));
        ASSERT_TRUE(outcome) << outcome.error().text();
    }
    template<class Done>
    void run_until(Done done) {
        const time_point limit = in(30s);
        loop.restart();
        while (!done() && clock::now() < limit)
            loop.run_one_for(50ms);
        EXPECT_TRUE(done());
    }
    void give_back(pool::lease& l) {
        l.release();
        run_until([&] { return subject->snapshot().idle == 1; });
    }
};

} // namespace

TEST_F(pg_pool, a_transaction_left_open_is_rolled_back) {
    pool::lease l = take();
    const std::string backend = value(l, "SELECT pg_backend_pid()");
    execute(l, "CREATE TABLE kept (n int)");
    execute(l, "BEGIN");
    execute(l, "INSERT INTO kept VALUES (1)");
    give_back(l);
    EXPECT_EQ(subject->snapshot().rollbacks_on_return, 1u);
    l = take();
    EXPECT_EQ(value(l, "SELECT pg_backend_pid()"), backend);
    EXPECT_EQ(value(l, "SELECT count(*) FROM kept"), "0");
}

TEST_F(pg_pool, what_a_dirty_lease_changed_is_gone_and_the_settings_are_back) {
    pool::lease l = take();
    execute(l, "SET statement_timeout = 1");
    execute(l, "SET work_mem = '1MB'");
    execute(l, "RESET statement_timeout");
    execute(l, "PREPARE mine AS SELECT 1");
    execute(l, "SELECT pg_advisory_lock(42)");
    l.mark_dirty();
    give_back(l);
    l = take();
    EXPECT_EQ(value(l, "SHOW statement_timeout"), "12345ms");
    EXPECT_EQ(value(l, "SHOW work_mem"), "4MB");
    EXPECT_EQ(value(l, "SELECT count(*) FROM pg_prepared_statements WHERE name = 'mine'"), "0");
    EXPECT_EQ(value(l, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
}

TEST_F(pg_pool, the_idle_watch_survives_many_short_leases) {
    const auto use = [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 20000; ++i) {
            pool::acquire_options options{in(30s), pool::on_down::wait, "short"};
            const auto l = co_await subject->acquire(std::move(options));
            EXPECT_TRUE(l);
            if (i % 1000 != 0)
                continue;
            const auto answered = co_await (*l)->ping(in(30s));
            EXPECT_TRUE(answered);
        }
    };
    run_on(loop, use());
    EXPECT_EQ(subject->snapshot().connects_ok, 1u);
    cluster.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE application_name = 'headspace_test'");
    run_until([&] { return subject->snapshot().connects_ok == 2; });
    EXPECT_EQ(subject->snapshot().closed.at("dead_idle"), 1u);
    const auto said = std::find_if(events.begin(), events.end(),
                                   [](const log_event& e) { return e.name == "connection_lost"; });
    ASSERT_NE(said, events.end());
    EXPECT_NE(said->message.find("57P01"), std::string::npos) << said->message;
}

TEST_F(pg_pool, a_drain_cancels_what_runs_and_leaves_no_backend) {
    pool::lease l = take();
    std::optional<result<pg::query_result>> outcome;
    const auto sleep = [&]() -> asio::awaitable<void> {
        auto slept = co_await l->query("SELECT pg_sleep(60)", {}, in(60s));
        outcome = std::move(slept);
    };
    asio::co_spawn(loop, sleep, asio::detached);
    const time_point began = clock::now();
    run_on(loop, subject->drain(in(1s)));
    EXPECT_LT(clock::now() - began, 20s); // not the minute that the statement takes
    run_until([&] { return outcome.has_value(); });
    EXPECT_FALSE(*outcome);
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspace_test").empty(); }));
    l.release();
    subject.reset();
}
