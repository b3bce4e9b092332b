// An established connection: statements, errors, cancellation, deadlines.
#include "support/process.hpp"
#include "support/session_frame.hpp"
#include "support/temp_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

class pg_session : public testing::Test {
protected:
    temp_cluster cluster;
    session_frame frame;

    /// Runs `sql` and, once the server is at it, `meanwhile`; the outcome of the statement.
    template<class Meanwhile>
    result<pg::query_result> run_beside(pg::session& session, std::string sql,
                                        Meanwhile meanwhile) {
        asio::steady_timer begin(frame.loop, 50ms); // after it was sent
        begin.async_wait([&](error_code) {
            EXPECT_TRUE(eventually([&] {
                return cluster.value("postgres",
                                     "SELECT count(*) FROM pg_stat_activity WHERE state "
                                     "= 'active' AND application_name = "
                                     "'headspace_test'") == "1";
            }));
            meanwhile();
        });
        return frame.execute(session, std::move(sql), 60s);
    }
};

} // namespace

TEST_F(pg_session, a_statement_with_parameters_returns_its_rows) {
    const auto session = frame.connect(cluster.url());
    const auto outcome = frame.query(*session, "SELECT $1::int + 1 AS next, $2::text AS nothing",
                                     {"41", std::nullopt});
    ASSERT_TRUE(outcome) << outcome.error().text();
    EXPECT_EQ(outcome->columns, (std::vector<std::string>{"next", "nothing"}));
    EXPECT_EQ(outcome->text(0, 0), "42");
    EXPECT_TRUE(outcome->is_null(0, 1));
    EXPECT_EQ(outcome->command, "SELECT 1");
    EXPECT_EQ(outcome->affected, 1U);
    EXPECT_EQ(session->status(), pg::transaction_status::idle);
}

TEST_F(pg_session, the_facts_name_the_server) {
    const auto session = frame.connect(cluster.url());
    EXPECT_EQ(session->facts().version / 10000, postgres_major());
    EXPECT_EQ(session->facts().host, cluster.socket_directory());
    EXPECT_FALSE(session->facts().in_recovery);
    EXPECT_FALSE(session->facts().pooler);
    EXPECT_TRUE(session->facts().warnings.empty());
    EXPECT_EQ(frame.value(*session, "SELECT pg_backend_pid()"),
              std::to_string(session->facts().backend_pid));
}

TEST_F(pg_session, of_several_simple_statements_the_last_result_counts) {
    const auto session = frame.connect(cluster.url());
    const auto outcome =
        frame.execute(*session, "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)");
    ASSERT_TRUE(outcome) << outcome.error().text();
    EXPECT_EQ(outcome->command, "INSERT 0 2");
    EXPECT_EQ(outcome->affected, 2U);
}

TEST_F(pg_session, a_refused_statement_carries_everything_the_server_said_and_leaves_the_session) {
    const auto session = frame.connect(cluster.url());
    const auto outcome = frame.query(*session, "SELECT wrong FROM pg_class");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, make_error_code(errc::query_failed));
    EXPECT_EQ(outcome.error().kind, error_class::refuse);
    EXPECT_EQ(outcome.error().sqlstate, "42703");
    EXPECT_EQ(outcome.error().message, "column \"wrong\" does not exist");
    EXPECT_EQ(outcome.error().position, 8U);
    EXPECT_EQ(frame.value(*session, "SELECT 'alive'"), "alive");

    frame.execute(*session, "CREATE TABLE t (n int UNIQUE); INSERT INTO t VALUES (1)");
    const auto duplicate = frame.query(*session, "INSERT INTO t VALUES (1)");
    ASSERT_FALSE(duplicate);
    EXPECT_EQ(duplicate.error().sqlstate, "23505");
    EXPECT_EQ(duplicate.error().detail, "Key (n)=(1) already exists.");
}

TEST_F(pg_session, a_lock_timeout_may_be_tried_again) {
    const auto holder = frame.connect(cluster.url());
    const auto other = frame.connect(cluster.url());
    frame.execute(*holder, "CREATE TABLE t (n int)");
    frame.execute(*holder, "BEGIN; LOCK TABLE t");
    frame.execute(*other, "SET lock_timeout = '20ms'");
    const auto outcome = frame.execute(*other, "SELECT * FROM t");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().sqlstate, "55P03");
    EXPECT_EQ(outcome.error().kind, error_class::retry);
}

TEST_F(pg_session, the_status_follows_transactions_and_reset_ends_them) {
    const auto session = frame.connect(cluster.url());
    frame.execute(*session, "BEGIN");
    EXPECT_EQ(session->status(), pg::transaction_status::in_transaction);
    frame.execute(*session, "SELECT 1/0");
    EXPECT_EQ(session->status(), pg::transaction_status::in_error);
    EXPECT_TRUE(run_on(frame.loop, session->reset(false, in(10s))));
    EXPECT_EQ(session->status(), pg::transaction_status::idle);
}

TEST_F(pg_session, session_settings_are_set_and_survive_a_discarding_reset) {
    auto settings = settings_for(cluster.url());
    settings.session_settings = {{"statement_timeout", "12345ms"}, {"search_path", "a'b, public"}};
    const auto session = frame.connect(settings);
    EXPECT_EQ(frame.value(*session, "SHOW statement_timeout"), "12345ms");
    frame.execute(*session, "SET statement_timeout = 1; SET work_mem = '77kB'");
    EXPECT_TRUE(run_on(frame.loop, session->reset(true, in(10s))));
    EXPECT_EQ(frame.value(*session, "SHOW statement_timeout"), "12345ms");
    EXPECT_EQ(frame.value(*session, "SHOW search_path"), "a'b, public");
    EXPECT_EQ(frame.value(*session, "SHOW work_mem"), "4MB");
}

TEST_F(pg_session, a_ping_is_an_empty_query) {
    const auto session = frame.connect(cluster.url());
    EXPECT_TRUE(run_on(frame.loop, session->ping(in(10s))));
    EXPECT_EQ(session->status(), pg::transaction_status::idle);
}

TEST_F(pg_session, notices_reach_their_listener) {
    const auto session = frame.connect(cluster.url());
    std::vector<pg::notice> heard;
    session->on_notice([&](const pg::notice& n) { heard.push_back(n); });
    frame.execute(*session, "DO $$ BEGIN RAISE NOTICE 'half way'; END $$");
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].severity, "NOTICE");
    EXPECT_EQ(heard[0].message, "half way");
}

TEST_F(pg_session, results_and_statements_of_megabytes_pass_while_the_server_talks_back) {
    const auto session = frame.connect(cluster.url());
    EXPECT_EQ(frame.value(*session, "SELECT length(repeat('x', 8000000))"), "8000000");
    const auto big = frame.query(*session, "SELECT repeat('x', 8000000)");
    ASSERT_TRUE(big);
    EXPECT_EQ(big->text(0, 0).size(), 8'000'000U);
    // Many statements in one message, each with an answer that fills the other direction.
    std::string many;
    for (int i = 0; i < 2000; ++i)
        many += "SELECT repeat('y', 5000), '" + std::string(2000, 'z') + "';";
    const auto outcome = frame.execute(*session, many);
    ASSERT_TRUE(outcome) << outcome.error().text();
    EXPECT_EQ(outcome->text(0, 0).size(), 5000U);
}

TEST_F(pg_session, cancel_ends_a_running_statement_with_57014_and_the_session_lives_on) {
    const auto session = frame.connect(cluster.url());
    bool asked = false;
    auto cancel = [&]() -> asio::awaitable<void> {
        const auto accepted = co_await session->cancel(in(10s));
        asked = accepted.has_value();
    };
    const auto outcome = run_beside(*session, "SELECT pg_sleep(30)",
                                    [&] { asio::co_spawn(frame.loop, cancel(), asio::detached); });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().sqlstate, "57014");
    EXPECT_EQ(outcome.error().code, make_error_code(errc::query_failed));
    EXPECT_TRUE(eventually([&] {
        frame.loop.restart();
        frame.loop.run_for(10ms);
        return asked;
    }));
    EXPECT_EQ(frame.value(*session, "SELECT 'alive'"), "alive");
}

TEST_F(pg_session, a_killed_statement_keeps_the_sqlstate_of_its_death) {
    const auto session = frame.connect(cluster.url());
    const auto outcome = run_beside(*session, "SELECT pg_sleep(30)", [&] {
        cluster.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                "WHERE application_name = 'headspace_test'");
    });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, make_error_code(errc::connection_lost));
    EXPECT_EQ(outcome.error().sqlstate, "57P01");
    EXPECT_EQ(outcome.error().kind, error_class::retry);
    EXPECT_TRUE(session->broken());
    EXPECT_EQ(session->status(), pg::transaction_status::unknown);
    const auto later = frame.query(*session, "SELECT 1");
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, make_error_code(errc::connection_lost));
    EXPECT_EQ(later.error().sqlstate, "57P01");
}

TEST_F(pg_session, a_connection_that_died_while_idle_fails_its_next_statement_with_the_reason) {
    const auto session = frame.connect(cluster.url());
    cluster.sql("postgres", "SELECT pg_terminate_backend(" +
                                std::to_string(session->facts().backend_pid) + ", 5000)");
    const auto outcome = frame.query(*session, "SELECT 1");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, make_error_code(errc::connection_lost));
    EXPECT_EQ(outcome.error().sqlstate, "57P01");
}

TEST_F(pg_session, a_statement_has_its_deadline_although_the_backend_is_stopped) {
    const auto session = frame.connect(cluster.url());
    const pid_t backend = session->facts().backend_pid;
    temp_cluster::freeze(backend);
    int turns = 0;
    asio::steady_timer beat(frame.loop);
    std::function<void(error_code)> turn = [&](error_code ec) {
        ++turns;
        beat.expires_after(10ms);
        if (!ec)
            beat.async_wait(turn);
    };
    beat.expires_after(10ms);
    beat.async_wait(turn);
    const auto begin = clock::now();
    const auto outcome = frame.query(*session, "SELECT 1", {}, 1s);
    const auto took = clock::now() - begin;
    temp_cluster::thaw(backend);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, make_error_code(errc::timed_out));
    EXPECT_THAT(outcome.error().text(), HasSubstr("backend pid " + std::to_string(backend)));
    EXPECT_TRUE(session->broken());
    EXPECT_GE(took, 1s);
    EXPECT_LT(took, 15s);
    EXPECT_GT(turns, 2) << "the event loop stood still";
}

TEST_F(pg_session, copy_is_refused_and_never_waited_for) {
    for (const char* sql : {"COPY pg_class TO STDOUT", "CREATE TEMP TABLE t (n int); "
                                                       "COPY t FROM STDIN"}) {
        const auto session = frame.connect(cluster.url());
        const auto outcome = frame.execute(*session, sql);
        ASSERT_FALSE(outcome) << sql;
        EXPECT_EQ(outcome.error().code, make_error_code(errc::query_failed)) << sql;
        EXPECT_TRUE(session->broken()) << sql;
    }
}

TEST_F(pg_session, closing_leaves_no_backend_behind) {
    auto session = frame.connect(cluster.url());
    ASSERT_EQ(cluster.backends("headspace_test").size(), 1U);
    session->close();
    EXPECT_TRUE(session->broken());
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspace_test").empty(); }));
    EXPECT_FALSE(run_on(frame.loop, session->ping(in(1s))));
    session.reset();
}

TEST_F(pg_session, a_session_may_be_destroyed_while_its_statement_runs) {
    auto session = frame.connect(cluster.url());
    bool ended = false;
    auto statement = [&](pg::session* running) -> asio::awaitable<void> {
        const auto outcome = co_await running->execute("SELECT pg_sleep(30)", in(20s));
        EXPECT_FALSE(outcome);
        ended = true;
    };
    asio::co_spawn(frame.loop, statement(session.get()), asio::detached);
    frame.loop.restart();
    frame.loop.run_for(100ms);
    session.reset();
    frame.loop.run_for(5s);
    EXPECT_TRUE(ended);
}

TEST_F(pg_session, two_statements_at_once_are_a_bug_that_is_said_and_not_done) {
    const auto session = frame.connect(cluster.url());
    bool ended = false;
    auto first = [&]() -> asio::awaitable<void> {
        const auto outcome = co_await session->execute("SELECT pg_sleep(0.3)", in(20s));
        EXPECT_TRUE(outcome);
        ended = true;
    };
    asio::co_spawn(frame.loop, first(), asio::detached);
    const auto second = frame.execute(*session, "SELECT 1");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, error_class::bug);
    EXPECT_TRUE(eventually([&] {
        frame.loop.restart();
        frame.loop.run_for(10ms);
        return ended;
    }));
}
