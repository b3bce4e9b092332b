// Servers that no real PostgreSQL would be: a scripted one on the same loop plays them.
#include "io/resolver.hpp"
#include "pg/connect.hpp"
#include "support/fake_server.hpp"
#include "support/session_frame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace {

class fake_pg : public testing::Test {
protected:
    session_frame frame;

    error refused_by(fake_server::script script, const char* parameters = "sslmode=disable",
                     duration connect_timeout = 20s) {
        fake_server server(frame.loop, std::move(script));
        auto settings = settings_for(server.url(parameters));
        settings.connect_timeout = connect_timeout;
        return frame.refused(settings);
    }
    template<class Condition>
    bool run_until(Condition condition, duration limit = 30s) {
        const auto until = in(limit);
        frame.loop.restart();
        while (!condition() && clock::now() < until)
            frame.loop.run_one_until(until);
        return condition();
    }
};

asio::awaitable<void> welcome(peer& client, int) {
    co_await client.log_in();
    co_await client.answer_who_is_there();
    co_await client.stay_silent();
}

fake_server::script fatal(std::string sqlstate, std::string text) {
    return [=](peer& client, int) -> asio::awaitable<void> {
        co_await client.startup();
        co_await client.send(say::error(sqlstate, text));
    };
}

} // namespace

TEST_F(fake_pg, a_login_that_works) {
    fake_server server(frame.loop, welcome);
    const auto session = frame.connect(server.url());
    EXPECT_EQ(session->facts().version, 150020);
    EXPECT_EQ(session->facts().backend_pid, 42);
}

TEST_F(fake_pg, a_server_that_accepts_and_never_speaks) {
    const error e =
        refused_by([](peer& c, int) { return c.stay_silent(); }, "sslmode=disable", 300ms);
    EXPECT_THAT(e.text(), HasSubstr("Connected, but no reply within"));
    EXPECT_EQ(e.kind, error_class::retry);
}

TEST_F(fake_pg, a_server_that_speaks_another_protocol) {
    for (const char* mode : {"sslmode=disable", "sslmode=prefer", "sslmode=require"}) {
        const error e = refused_by(
            [](peer& c, int) -> asio::awaitable<void> {
                co_await c.read_bytes(8);
                co_await c.send("HTTP/1.1 400 Bad Request\r\n\r\n");
                co_await c.stay_silent();
            },
            mode);
        EXPECT_EQ(e.sqlstate, "08P01") << mode;
        EXPECT_EQ(e.kind, error_class::unavailable) << mode;
        EXPECT_THAT(e.text(), HasSubstr("does not speak the protocol of PostgreSQL")) << mode;
    }
}

TEST_F(fake_pg, a_server_that_closes_at_once_or_resets) {
    for (const char* mode : {"sslmode=disable", "sslmode=prefer", "sslmode=require"})
        for (const bool reset : {false, true}) {
            const error e = refused_by(
                [reset](peer& c, int) -> asio::awaitable<void> {
                    co_await c.read_bytes(8);
                    if (reset)
                        c.reset();
                },
                mode);
            EXPECT_EQ(e.sqlstate, "08006") << mode << e.text();
            EXPECT_EQ(e.kind, error_class::retry) << mode;
        }
}

TEST_F(fake_pg, tls_required_and_refused) {
    const error e = refused_by(welcome, "sslmode=require");
    EXPECT_EQ(e.kind, error_class::unavailable);
    EXPECT_THAT(e.text(), HasSubstr("offers no TLS and sslmode=require demands it"));
}

TEST_F(fake_pg, a_server_without_tls_is_remembered_for_sslmode_prefer) {
    fake_server server(frame.loop, welcome);
    const auto connector = pg::make_host_connector(frame.loop.get_executor(),
                                                   settings_for(server.url("sslmode=prefer")));
    ASSERT_TRUE(frame.try_connect(*connector));
    EXPECT_EQ(server.clients(), 2);
    ASSERT_TRUE(frame.try_connect(*connector));
    EXPECT_EQ(server.clients(), 3);
}

TEST_F(fake_pg, every_sqlstate_is_classified_by_itself_and_not_by_its_words) {
    const std::pair<const char*, error_class> table[] = {
        {"57P03", error_class::retry},       {"53300", error_class::retry},
        {"XX000", error_class::retry},       {"28P01", error_class::unavailable},
        {"28000", error_class::unavailable}, {"3D000", error_class::unavailable},
        {"99ZZZ", error_class::unavailable},
    };
    for (const auto& [state, kind] : table) {
        const error e = refused_by(fatal(state, "Meldung in fremder Sprache: Passwort"));
        EXPECT_EQ(e.sqlstate, state);
        EXPECT_EQ(e.kind, kind) << state;
    }
}

TEST_F(fake_pg, a_password_that_the_server_repeats_does_not_come_through) {
    fake_server server(frame.loop, [](peer& c, int) -> asio::awaitable<void> {
        co_await c.startup();
        co_await c.send(say::ask_for_password());
        const auto message = co_await c.read_message();
        co_await c.send(say::error("08004", "you said " + std::string(message.second.c_str())));
    });
    auto settings = settings_for(server.url());
    settings.target.password = secret("Canary.7x");
    const error e = frame.refused(settings);
    EXPECT_THAT(e.text(), HasSubstr("you said ***"));
    EXPECT_THAT(e.text(), Not(HasSubstr("Canary")));
}

TEST_F(fake_pg, a_rejected_password_does_not_go_to_the_next_host) {
    fake_server first(frame.loop, fatal("28P01", "no"));
    fake_server second(frame.loop, welcome);
    auto settings = settings_for(first.url());
    settings.target.hosts.push_back(settings_for(second.url()).target.hosts.front());
    EXPECT_EQ(frame.refused(settings).sqlstate, "28P01");
    EXPECT_EQ(second.clients(), 0);
}

TEST_F(fake_pg, a_host_that_is_starting_is_left_for_the_next) {
    fake_server first(frame.loop, fatal("57P03", "the database system is starting up"));
    fake_server second(frame.loop, welcome);
    auto settings = settings_for(first.url());
    settings.target.hosts.push_back(settings_for(second.url()).target.hosts.front());
    EXPECT_EQ(frame.connect(settings)->facts().port, second.port());
}

// libpq closes the first socket and opens the second with the same number within one PQconnectPoll;
// a descriptor that is not released before it waits for ever on an epoll entry that is gone.
TEST_F(fake_pg, libpq_may_replace_the_socket_under_the_same_number) {
    fake_server first(frame.loop, fatal("57P03", "the database system is starting up"));
    fake_server second(frame.loop, welcome);
    pg::parameters both;
    both.values = {{"host", "127.0.0.1,127.0.0.1"},
                   {"port", std::to_string(first.port()) + "," + std::to_string(second.port())},
                   {"user", "app"},
                   {"dbname", "shop"},
                   {"sslmode", "disable"},
                   {"gssencmode", "disable"}};
    const auto target = std::make_shared<pg::handle>(frame.loop.get_executor());
    const auto failure =
        run_on(frame.loop, pg::connect_once(target, both, pg::time_limit{in(10s), 10s}));
    EXPECT_FALSE(failure) << failure->text;
    EXPECT_TRUE(target->is_open());
    EXPECT_EQ(first.clients(), 1);
    EXPECT_EQ(second.clients(), 1);
}

TEST_F(fake_pg, a_server_that_is_too_old_is_refused_by_name) {
    const error e = refused_by([](peer& c, int) { return c.log_in({{"server_version", "12.3"}}); });
    EXPECT_EQ(e.code, make_error_code(errc::unsupported_server));
    EXPECT_THAT(e.text(), HasSubstr("PostgreSQL 12.3 is too old (127.0.0.1:"));
}

TEST_F(fake_pg, a_server_that_is_newer_than_known_is_warned_about_by_name) {
    fake_server server(frame.loop, [](peer& c, int) -> asio::awaitable<void> {
        const std::map<std::string, std::string> parameters{{"server_version", "19.1"}};
        co_await c.log_in(parameters);
        co_await c.answer_who_is_there();
        co_await c.stay_silent();
    });
    const auto session = frame.connect(server.url());
    ASSERT_EQ(session->facts().warnings.size(), 1U);
    EXPECT_THAT(session->facts().warnings[0], HasSubstr("PostgreSQL 19.1"));
}

TEST_F(fake_pg, a_pooler_is_noticed_and_gets_no_session_settings) {
    std::string next;
    fake_server server(frame.loop, [&](peer& c, int) -> asio::awaitable<void> {
        co_await c.log_in({}, 42);
        co_await c.answer_who_is_there(4711);
        const auto message = co_await c.read_message();
        next = message.second;
    });
    auto settings = settings_for(server.url());
    settings.session_settings = {{"statement_timeout", "1s"}};
    const auto session = frame.connect(settings);
    EXPECT_TRUE(session->facts().pooler);
    EXPECT_FALSE(frame.execute(*session, "SELECT 'mine'"));
    EXPECT_THAT(next, HasSubstr("SELECT 'mine'"));
}

TEST_F(fake_pg, a_pooler_whose_server_is_away_is_no_connection) {
    const error e = refused_by([](peer& c, int) -> asio::awaitable<void> {
        co_await c.log_in();
        co_await c.read_message();
        co_await c.stay_silent();
    });
    EXPECT_EQ(e.code, make_error_code(errc::database_unavailable));
    EXPECT_THAT(e.text(), HasSubstr("no reply within"));
}

TEST_F(fake_pg, a_pooler_that_says_its_server_is_away_heals_by_itself) {
    const error e = refused_by([](peer& c, int) -> asio::awaitable<void> {
        co_await c.log_in();
        co_await c.read_message();
        // As PgBouncer: no severity that is never translated, and the state of a bad request.
        std::string body;
        for (const char* field : {"SFATAL", "C08P01", "Mserver login has been failing"})
            body += std::string(field) + '\0';
        co_await c.send(say::message('E', body + '\0'));
    });
    EXPECT_EQ(e.code, make_error_code(errc::database_unavailable));
    EXPECT_EQ(e.kind, error_class::retry);
    EXPECT_EQ(e.sqlstate, "08P01");
    EXPECT_THAT(e.text(), HasSubstr("server login has been failing"));
    EXPECT_THAT(e.text(), HasSubstr("a pooler answers"));
}

TEST_F(fake_pg, a_role_that_flips_while_idle_is_noticed_and_no_death) {
    peer* flip = nullptr;
    fake_server server(frame.loop, [&](peer& c, int) -> asio::awaitable<void> {
        co_await c.log_in();
        co_await c.answer_who_is_there();
        flip = &c;
        co_await c.stay_silent();
    });
    const auto session = frame.connect(server.url());
    bool lost = false;
    session->watch_idle([&](const error&) { lost = true; });
    ASSERT_TRUE(run_until([&] { return flip != nullptr; }));
    asio::co_spawn(frame.loop, flip->send(say::parameter("in_hot_standby", "on")), asio::detached);
    EXPECT_TRUE(run_until([&] { return session->facts().in_recovery; }));
    EXPECT_FALSE(lost);
}

TEST_F(fake_pg, a_message_cut_in_the_middle_ends_at_the_deadline_or_with_the_connection) {
    for (const bool closes : {false, true}) {
        fake_server server(frame.loop, [closes](peer& c, int) -> asio::awaitable<void> {
            co_await c.log_in();
            co_await c.answer_who_is_there();
            co_await c.read_message();
            const std::string whole = say::rows({"a"}, {{"b"}}, "SELECT 1");
            co_await c.send(whole.substr(0, whole.size() / 2));
            if (!closes)
                co_await c.stay_silent();
        });
        const auto session = frame.connect(server.url());
        const auto outcome = frame.execute(*session, "SELECT 1", closes ? 20s : 300ms);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code,
                  make_error_code(closes ? errc::connection_lost : errc::timed_out));
        EXPECT_TRUE(session->broken());
    }
}

TEST_F(fake_pg, garbage_in_the_middle_of_a_session_breaks_it) {
    fake_server server(frame.loop, [](peer& c, int) -> asio::awaitable<void> {
        co_await c.log_in();
        co_await c.answer_who_is_there();
        co_await c.read_message();
        co_await c.send("this is not a message of PostgreSQL at all");
        co_await c.stay_silent();
    });
    const auto session = frame.connect(server.url());
    const auto outcome = frame.execute(*session, "SELECT 1", 2s);
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(session->broken());
}

TEST_F(fake_pg, an_answer_that_comes_with_the_end_still_counts) {
    fake_server server(frame.loop, [](peer& c, int) -> asio::awaitable<void> {
        co_await c.log_in();
        co_await c.answer_who_is_there();
        co_await c.read_message();
        const std::string answer = say::message('C', std::string("INSERT 0 1") + '\0');
        co_await c.send(answer + say::ready() + say::error("57P01", "shutting down"));
        co_await c.stay_silent();
    });
    const auto session = frame.connect(server.url());
    const auto outcome = frame.execute(*session, "INSERT INTO t VALUES (1)");
    ASSERT_TRUE(outcome) << outcome.error().text();
    EXPECT_EQ(outcome->affected, 1U);
    EXPECT_TRUE(session->broken());
    const auto later = frame.execute(*session, "INSERT INTO t VALUES (2)");
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().sqlstate, "57P01");
}

TEST_F(fake_pg, a_warning_in_a_statement_that_succeeds_is_no_end) {
    peer* warned = nullptr;
    fake_server server(frame.loop, [&](peer& c, int) -> asio::awaitable<void> {
        co_await c.log_in();
        co_await c.answer_who_is_there();
        co_await c.read_message();
        const std::string answer = say::message('C', std::string("DO") + '\0');
        co_await c.send(say::notice("57P01", "only raised by a function") + answer + say::ready());
        warned = &c;
        co_await c.stay_silent();
    });
    const auto session = frame.connect(server.url());
    ASSERT_TRUE(frame.execute(*session, "DO $$ ... $$"));
    bool lost = false;
    session->watch_idle([&](const error&) { lost = true; });
    asio::co_spawn(frame.loop, warned->send(say::parameter("in_hot_standby", "on")),
                   asio::detached);
    EXPECT_TRUE(run_until([&] { return session->facts().in_recovery; }));
    EXPECT_FALSE(lost);
    EXPECT_FALSE(session->broken());
}

TEST_F(fake_pg, a_statement_without_time_left_is_not_sent_and_harms_nothing) {
    fake_server server(frame.loop, welcome);
    const auto session = frame.connect(server.url());
    const auto outcome = frame.execute(*session, "SELECT 1", -1s);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, make_error_code(errc::timed_out));
    EXPECT_FALSE(session->broken());
}

TEST_F(fake_pg, a_lookup_that_hangs_costs_resolve_timeout_and_no_other_name) {
    fake_server server(frame.loop, welcome);
    // The lookup outlives the test when it must, so it owns what it touches.
    struct gate {
        std::mutex mutex;
        std::condition_variable open;
        bool is_open = false;
    };
    const auto hang = std::make_shared<gate>();
    auto settings = settings_for("postgresql://app@stuck.test,good.test/shop?sslmode=disable");
    settings.target.hosts[1].port = server.port();
    settings.target_session_attrs = "any";
    settings.resolve_timeout = 2s;
    settings.lookup = [hang](const std::string& name) -> result<std::vector<std::string>> {
        if (name == "stuck.test") {
            std::unique_lock lock(hang->mutex);
            hang->open.wait(lock, [&] { return hang->is_open; });
        }
        return std::vector<std::string>{"127.0.0.1"};
    };
    const auto connector = pg::make_host_connector(frame.loop.get_executor(), settings);
    const auto session = frame.try_connect(*connector);
    EXPECT_TRUE(session) << session.error().text();

    settings.target.hosts.pop_back();
    const error e = frame.refused(settings);
    EXPECT_EQ(e.text(),
              "cannot resolve \"stuck.test\": the resolver does not answer (08001): check "
              "the host name and the DNS of this machine");
    EXPECT_EQ(e.kind, error_class::retry);
    const std::lock_guard lock(hang->mutex);
    hang->is_open = true;
    hang->open.notify_all();
}

TEST_F(fake_pg, connecting_can_be_cancelled) {
    fake_server server(frame.loop, [](peer& c, int) { return c.stay_silent(); });
    const auto connector =
        pg::make_host_connector(frame.loop.get_executor(), settings_for(server.url()));
    asio::cancellation_signal stop;
    bool ended = false;
    auto body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        const auto outcome = co_await connector->connect(in(20s));
        EXPECT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, make_error_code(errc::cancelled));
        ended = true;
    };
    asio::co_spawn(frame.loop, body(), asio::bind_cancellation_slot(stop.slot(), asio::detached));
    ASSERT_TRUE(run_until([&] { return server.clients() == 1; }));
    stop.emit(asio::cancellation_type::terminal);
    EXPECT_TRUE(run_until([&] { return ended; }));
}
