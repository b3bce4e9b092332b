// What a migration does to everybody else: how long they wait, and what they must not notice.
#include "integration/migrate_world.hpp"
#include "pool/pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

using namespace headspace;
using namespace headspace::test;
using testing::HasSubstr;

namespace {

class migrate_harmless : public testing::Test {
protected:
    migrate_world world;

    std::unique_ptr<pg::session> connect() {
        const auto connector = connector_to(world.io, world.cluster.url());
        return run_on(world.io, connector->connect(clock::now() + 20s)).value();
    }
    result<pg::query_result> execute(pg::session& session, const std::string& sql) {
        return run_on(world.io, session.execute(sql, clock::now() + 20s));
    }
    std::string field(const std::string& sql) { return world.value(sql); }
};

/// Reads a table again and again from a thread of its own; the server measures how long each one
/// waited for its lock.
class busy_readers {
public:
    explicit busy_readers(std::string url) : thread_([this, url = std::move(url)] { work(url); }) {}
    ~busy_readers() { stop(); }
    busy_readers(const busy_readers&) = delete;
    busy_readers& operator=(const busy_readers&) = delete;

    void stop() {
        stop_ = true;
        if (thread_.joinable())
            thread_.join();
    }
    [[nodiscard]] int reads() const { return reads_; }
    [[nodiscard]] double longest() const { return longest_; } // seconds, after stop()
    [[nodiscard]] const std::string& failure() const { return failure_; }

private:
    void work(const std::string& url) {
        asio::io_context io;
        const auto connector = connector_to(io, url);
        const auto session = run_on(io, connector->connect(clock::now() + 20s)).value();
        while (!stop_) {
            // The lock is taken before the statement's first row is computed.
            const auto read = run_on(
                io, session->execute("SELECT extract(epoch FROM clock_timestamp() - "
                                     "statement_timestamp()) FROM (SELECT count(*) FROM a) AS n",
                                     clock::now() + 60s));
            if (read.has_error()) {
                failure_ = read.error().text();
                return;
            }
            longest_ = std::max(longest_, std::stod(std::string(read->text(0, 0))));
            ++reads_;
        }
    }

    std::atomic<bool> stop_ = false;
    std::atomic<int> reads_ = 0;
    double longest_ = 0;
    std::string failure_;
    std::thread thread_; // last: it uses all of the above
};

} // namespace

TEST_F(migrate_harmless, readers_wait_no_longer_than_lock_timeout_behind_ddl_that_waits) {
    world.cluster.sql("postgres", "CREATE TABLE a (id int)");
    world.revision("1", "ALTER TABLE a ADD x int;"); // lock_timeout is the default
    const double limit = std::chrono::duration<double>(world.settings.lock_timeout).count() + 0.5;
    const auto dump = connect();
    ASSERT_TRUE(execute(*dump, "BEGIN; LOCK TABLE a IN ACCESS SHARE MODE").has_value());

    busy_readers readers(world.cluster.url());
    auto runner = world.make_runner();
    std::optional<result<migrate::outcome>> outcome;
    asio::co_spawn(world.io,
                   runner->run(upgrade_to("head"),
                               [&](const migrate::progress& p) { world.seen.push_back(p); }),
                   [&](std::exception_ptr, result<migrate::outcome> r) { outcome = std::move(r); });
    const auto tries = [&] {
        return std::count_if(world.seen.begin(), world.seen.end(), [](const auto& p) {
            return p.kind == migrate::progress_kind::waiting_for_lock &&
                   p.text.find("trying again") != std::string::npos;
        });
    };
    const auto turn_until = [&](const std::function<bool()>& condition) {
        return eventually(
            [&] {
                world.io.restart();
                world.io.run_for(10ms);
                return condition();
            },
            60s);
    };
    ASSERT_TRUE(turn_until([&] { return tries() >= 2 || outcome.has_value(); }));
    EXPECT_FALSE(outcome.has_value()) << "the table is still held";
    EXPECT_THAT(world.everything_said(),
                HasSubstr("blocked by pid " + std::to_string(dump->facts().backend_pid)));
    EXPECT_THAT(world.everything_said(), HasSubstr("idle in transaction after"));
    dump->close();
    ASSERT_TRUE(turn_until([&] { return outcome.has_value(); }));
    EXPECT_EQ(outcome_text(*outcome), "done: 1") << "it lands as soon as it can";

    readers.stop();
    EXPECT_EQ(readers.failure(), "");
    EXPECT_GT(readers.longest(), 0.2) << "they did queue behind the DDL";
    EXPECT_LE(readers.longest(), limit);
    // One line of the log for one blocker, however often it was tried.
    EXPECT_EQ(std::count_if(world.log.begin(), world.log.end(),
                            [](const log_event& e) { return e.name == "migration_waiting"; }),
              1);
}

TEST_F(migrate_harmless, nobody_gets_a_plan_from_before_the_migration_out_of_the_pool) {
    world.cluster.sql("postgres", "CREATE TABLE a (id int); INSERT INTO a VALUES (1)");
    world.revision("1", "ALTER TABLE a ADD x int DEFAULT 7;");
    world.revision("2", "ALTER TABLE a ADD y int DEFAULT 8;\nCREATE INDEX CONCURRENTLY i ON a (y);",
                   "", "transaction:false");
    config::settings settings;
    settings.database.pool_size = 3;
    pool::pool pool(world.io.get_executor(), pool::make_pool_settings(settings, {}),
                    connector_to(world.io, world.cluster.url()), world.jitter, {});
    pool.start();
    const auto borrow = [&] {
        return run_on(world.io, pool.acquire({clock::now() + 20s, pool::on_down::wait, "test"}))
            .value();
    };
    const auto columns = [&](pg::session& session) -> std::string {
        const auto rows = execute(session, "EXECUTE everything");
        return rows.has_error() ? rows.error().sqlstate : std::to_string(rows->columns.size());
    };
    const std::string prepare = "PREPARE everything AS SELECT * FROM a";
    const auto control = connect();
    ASSERT_TRUE(execute(*control, prepare).has_value());
    int before = 0;
    {
        auto lease = borrow();
        before = lease->facts().backend_pid;
        ASSERT_TRUE(execute(*lease, prepare).has_value());
        EXPECT_EQ(columns(*lease), "1");
    }
    for (const auto& [target, expected] : {std::pair{"1", "2"}, {"2", "3"}}) {
        const auto runner = world.make_runner();
        const auto done =
            run_on(world.io, runner->run(upgrade_to(target), [&](const migrate::progress& p) {
                if (p.kind == migrate::progress_kind::applied)
                    pool.schema_changed();
            }));
        ASSERT_EQ(outcome_text(done), std::string("done: ") + target);
        EXPECT_EQ(columns(*control), "0A000") << "what a client outside of the pool gets";
        auto lease = borrow();
        EXPECT_NE(lease->facts().backend_pid, before);
        before = lease->facts().backend_pid;
        ASSERT_TRUE(execute(*lease, prepare).has_value());
        EXPECT_EQ(columns(*lease), expected);
        ASSERT_TRUE(execute(*control, "DEALLOCATE ALL").has_value());
        ASSERT_TRUE(execute(*control, prepare).has_value());
    }
    run_on(world.io, pool.drain(clock::now() + 5s));
}

TEST_F(migrate_harmless, a_pair_of_begin_and_commit_is_kept_whole_with_its_row_or_not_at_all) {
    world.revision("1", "BEGIN;\nCREATE TABLE a (id int);\nCREATE TABLE b (id int);\nCOMMIT;",
                   "BEGIN;\nDROP TABLE b;\nDROP TABLE a;\nCOMMIT;");
    world.revision("2", "BEGIN;\nCREATE TABLE c (id int);\nSELECT 1/0;\nCOMMIT;", "",
                   "transaction:false");
    const auto failed = world.upgrade();
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().sqlstate, "22012");
    EXPECT_EQ(failed.error().line, 5U);
    EXPECT_EQ(world.ledger(), "1:applied");
    EXPECT_EQ(world.value("SELECT to_regclass('c') IS NULL"), "t");
    EXPECT_EQ(outcome_text(world.downgrade("base")), "done: 1");
    EXPECT_EQ(world.value("SELECT to_regclass('a') IS NULL"), "t");
}

TEST_F(migrate_harmless, the_hash_of_what_ran_refuses_an_edit_that_the_stored_text_hides) {
    world.revision("1", "CREATE TABLE a (id int);\nSELECT 1/0;", "", "transaction:false");
    ASSERT_TRUE(world.upgrade().has_error());
    EXPECT_EQ(world.value("SELECT stmt_done || ' ' || length(stmt_hash) FROM "
                          "headspace.migrations"),
              "1 64");
    // Both the file and the row say something else than what ran.
    world.cluster.sql("postgres", "UPDATE headspace.migrations SET up_sql = replace(up_sql, "
                                  "'TABLE a', 'TABLE b')");
    world.revision("1", "CREATE TABLE b (id int);\nSELECT 1;", "", "transaction:false");
    const auto refused = world.upgrade();
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::edited_revision);
    EXPECT_THAT(refused.error().message, HasSubstr("whose hash"));
    world.revision("1", "CREATE TABLE a (id int);\nSELECT 1;", "", "transaction:false");
    EXPECT_EQ(outcome_text(world.upgrade()), "done: 1");
}

TEST_F(migrate_harmless, a_dry_run_says_what_would_run_and_leaves_no_trace) {
    world.revision("1", "CREATE TABLE a (id int);\n-- DESTRUCTIVE: rows\nTRUNCATE b;");
    migrate::request what = upgrade_to("head");
    what.dry_run = true;
    const auto done = world.run(what);
    EXPECT_EQ(outcome_text(done), "done:");
    EXPECT_EQ(done->state, health::migrations_state::pending);
    EXPECT_THAT(world.everything_said(), HasSubstr("needs --allow-destructive"));
    ASSERT_FALSE(world.seen.empty());
    EXPECT_EQ(world.seen.back().kind, migrate::progress_kind::planned) << "and nothing after it";
    const auto& plan = world.seen.back().plan;
    ASSERT_EQ(plan.size(), 1U);
    ASSERT_EQ(plan[0].plan.size(), 2U);
    EXPECT_EQ(plan[0].plan[1].lock, "ACCESS EXCLUSIVE");
    EXPECT_EQ(plan[0].plan[1].line, 5U);
    EXPECT_EQ(plan[0].plan[1].warning, "data is lost");
    EXPECT_EQ(world.value("SELECT to_regnamespace('headspace') IS NULL"), "t");
}
