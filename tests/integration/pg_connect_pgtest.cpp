// Connecting to a real server, and every way it says no.
#include "support/fault_proxy.hpp"
#include "support/process.hpp"
#include "support/session_frame.hpp"
#include "support/temp_cluster.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr const char* canary = "Canary.7x";

class pg_connect : public testing::Test {
protected:
    session_frame frame;

    static std::string place(const temp_cluster& cluster) {
        return "127.0.0.1:" + std::to_string(cluster.port());
    }
    static pg::connect_settings with_password(const std::string& url, const char* password) {
        auto settings = settings_for(url);
        settings.target.password = secret(password);
        settings.target.password_source = "DATABASE_PASSWORD";
        return settings;
    }
    static void expect_no_canary(const error& e) {
        EXPECT_THAT(e.text() + e.detail, Not(HasSubstr(canary)));
    }
};

std::size_t count_of(const std::string& text, std::string_view what) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++count;
    return count;
}

} // namespace

TEST_F(pg_connect, by_socket_and_by_tcp) {
    const temp_cluster cluster({.tcp = true});
    EXPECT_EQ(frame.value(*frame.connect(cluster.url()), "SELECT 1"), "1");
    const auto session = frame.connect(cluster.tcp_url());
    EXPECT_EQ(frame.value(*session, "SELECT 1"), "1");
    EXPECT_EQ(session->facts().address, "127.0.0.1");
    EXPECT_FALSE(session->facts().tls);
}

TEST_F(pg_connect, a_name_is_looked_up_and_every_address_tried) {
    const temp_cluster cluster({.tcp = true});
    auto settings = settings_for("postgresql://postgres@db.test:" + std::to_string(cluster.port()) +
                                 "/postgres?sslmode=disable");
    settings.lookup = [](const std::string&) {
        return std::vector<std::string>{"127.0.0.9", "127.0.0.1"}; // nothing listens at the first
    };
    const auto session = frame.connect(settings);
    EXPECT_EQ(session->facts().host, "db.test");
    EXPECT_EQ(session->facts().address, "127.0.0.1");
}

TEST_F(pg_connect, the_application_name_and_utf8_are_set) {
    const temp_cluster cluster;
    const auto session = frame.connect(cluster.url());
    EXPECT_EQ(frame.value(*session, "SHOW application_name"), "headspace_test");
    EXPECT_EQ(frame.value(*session, "SHOW client_encoding"), "UTF8");
}

TEST_F(pg_connect, nobody_listens_at_the_port) {
    std::uint16_t port = 0;
    {
        const temp_cluster cluster({.tcp = true, .start = false});
        port = cluster.port();
    }
    const error e =
        frame.refused(settings_for("postgresql://app@127.0.0.1:" + std::to_string(port) + "/shop"));
    EXPECT_EQ(e.text(), "Connection refused (127.0.0.1:" + std::to_string(port) +
                            ", 08001): is PostgreSQL running there?");
    EXPECT_EQ(e.kind, error_class::retry);
    EXPECT_EQ(e.code, make_error_code(errc::database_unavailable));
}

TEST_F(pg_connect, the_socket_is_missing) {
    const error e = frame.refused(settings_for("postgresql://app@/shop?host=/nonexistent"));
    EXPECT_EQ(e.text(), "No such socket (/nonexistent/.s.PGSQL.5432, 08001): is PostgreSQL running "
                        "there, and is /nonexistent its socket directory?");
    EXPECT_EQ(e.kind, error_class::retry);
}

TEST_F(pg_connect, a_wrong_password_names_its_source_and_not_itself) {
    temp_cluster cluster({.auth = "scram-sha-256", .tcp = true});
    cluster.create_role("app", "right");
    const error e = frame.refused(with_password(cluster.tcp_url("postgres", "app"), canary));
    EXPECT_EQ(e.text(), "Password rejected for user \"app\" (" + place(cluster) +
                            ", 28P01): check the password (source: DATABASE_PASSWORD) and the "
                            "role's VALID UNTIL");
    EXPECT_EQ(e.kind, error_class::unavailable);
    EXPECT_EQ(e.sqlstate, "28P01");
    expect_no_canary(e);
}

TEST_F(pg_connect, no_password_where_one_is_wanted) {
    temp_cluster cluster({.auth = "scram-sha-256", .tcp = true});
    cluster.create_role("app", "right");
    const error e = frame.refused(settings_for(cluster.tcp_url("postgres", "app")));
    EXPECT_EQ(e.sqlstate, "28P01");
    EXPECT_EQ(e.kind, error_class::unavailable);
    EXPECT_THAT(e.text(), HasSubstr("there is none"));
}

TEST_F(pg_connect, a_rotated_password_is_read_again_once_and_remembered) {
    temp_cluster cluster({.auth = "scram-sha-256"});
    cluster.create_role("app", "new password");
    auto settings = with_password(cluster.url("postgres", "app"), "old password");
    int reads = 0;
    settings.reread_password = [&]() -> std::optional<secret> {
        ++reads;
        return secret("new password");
    };
    const auto connector = pg::make_host_connector(frame.loop.get_executor(), settings);
    EXPECT_TRUE(frame.try_connect(*connector));
    EXPECT_EQ(reads, 1);
    EXPECT_TRUE(frame.try_connect(*connector));
    EXPECT_EQ(reads, 1);
}

TEST_F(pg_connect, an_unchanged_password_is_not_tried_twice) {
    temp_cluster cluster({.auth = "scram-sha-256"});
    cluster.create_role("app", "right");
    auto settings = with_password(cluster.url("postgres", "app"), canary);
    settings.reread_password = [] {
        return std::optional<secret>(secret(canary));
    };
    EXPECT_EQ(frame.refused(settings).sqlstate, "28P01");
    EXPECT_EQ(count_of(read_file(cluster.log_file()), "password authentication failed"), 1U);
}

TEST_F(pg_connect, sslmode_prefer_does_not_repeat_a_refused_login_in_clear) {
    temp_cluster cluster({.auth = "scram-sha-256", .tls = true});
    cluster.create_role("app", "right");
    const error e = frame.refused(
        with_password(cluster.tcp_url("postgres", "app") + "?sslmode=prefer", canary));
    EXPECT_EQ(e.sqlstate, "28P01");
    EXPECT_EQ(count_of(read_file(cluster.log_file()), "password authentication failed"), 1U);
}

TEST_F(pg_connect, sslmode_prefer_takes_tls_and_does_without) {
    temp_cluster with({.tls = true});
    EXPECT_TRUE(frame.connect(with.tcp_url() + "?sslmode=prefer")->facts().tls);
    with.set_hba({"hostnossl all all 127.0.0.1/32 trust"});
    EXPECT_FALSE(frame.connect(with.tcp_url() + "?sslmode=prefer")->facts().tls);
    const temp_cluster without({.tcp = true});
    EXPECT_FALSE(frame.connect(without.tcp_url() + "?sslmode=prefer")->facts().tls);
}

TEST_F(pg_connect, a_missing_database_comes_with_the_command_that_makes_it) {
    temp_cluster cluster;
    cluster.create_role("app");
    const error e = frame.refused(settings_for(cluster.url("shop", "app")));
    EXPECT_EQ(e.text(), "Database \"shop\" does not exist (" + cluster.socket_directory() +
                            "/.s.PGSQL.5432, 3D000): createdb -O app shop");
    EXPECT_EQ(e.kind, error_class::unavailable);
}

TEST_F(pg_connect, no_line_in_pg_hba) {
    temp_cluster cluster({.tcp = true});
    cluster.set_hba({});
    const error e = frame.refused(settings_for(cluster.tcp_url("shop", "app")));
    EXPECT_EQ(e.sqlstate, "28000");
    EXPECT_EQ(e.kind, error_class::unavailable);
    EXPECT_THAT(e.text(),
                AllOf(HasSubstr("no pg_hba.conf entry for host \"127.0.0.1\", user \"app\", "
                                "database \"shop\", no encryption (" +
                                place(cluster) + ", 28000)"),
                      HasSubstr("sslmode=require")));
}

TEST_F(pg_connect, a_role_that_may_not_log_in) {
    temp_cluster cluster;
    cluster.create_role("app", "", "NOLOGIN");
    const error e = frame.refused(settings_for(cluster.url("postgres", "app")));
    EXPECT_EQ(e.sqlstate, "28000");
    EXPECT_THAT(e.text(), HasSubstr("LOGIN"));
}

TEST_F(pg_connect, no_right_to_connect_and_a_database_that_takes_nobody) {
    temp_cluster cluster;
    cluster.create_role("app");
    cluster.create_database("shop");
    cluster.sql("postgres", "REVOKE CONNECT ON DATABASE shop FROM PUBLIC");
    const error denied = frame.refused(settings_for(cluster.url("shop", "app")));
    EXPECT_EQ(denied.sqlstate, "42501");
    EXPECT_EQ(denied.kind, error_class::unavailable);
    EXPECT_THAT(denied.text(), HasSubstr("GRANT CONNECT ON DATABASE \"shop\" TO \"app\";"));
    cluster.sql("postgres", "ALTER DATABASE shop ALLOW_CONNECTIONS false");
    const error closed = frame.refused(settings_for(cluster.url("shop", "postgres")));
    EXPECT_EQ(closed.sqlstate, "55000");
    EXPECT_EQ(closed.kind, error_class::unavailable);
}

TEST_F(pg_connect, a_role_at_its_limit_is_a_server_that_is_full) {
    temp_cluster cluster;
    cluster.create_role("app", "", "LOGIN CONNECTION LIMIT 1");
    const auto first = frame.connect(cluster.url("postgres", "app"));
    const error e = frame.refused(settings_for(cluster.url("postgres", "app")));
    EXPECT_EQ(e.sqlstate, "53300");
    EXPECT_EQ(e.kind, error_class::retry);
    EXPECT_THAT(e.text(), HasSubstr("too many connections for role \"app\""));
}

TEST_F(pg_connect, a_server_that_is_stopping_says_57P03) {
    temp_cluster cluster;
    const auto holder = frame.connect(cluster.url());
    cluster.ask_to_stop(stop_mode::smart);
    error e;
    EXPECT_TRUE(eventually([&] {
        auto outcome = frame.try_connect(settings_for(cluster.url()));
        if (!outcome)
            e = outcome.error();
        return !outcome;
    }));
    EXPECT_EQ(e.sqlstate, "57P03");
    EXPECT_EQ(e.kind, error_class::retry);
    EXPECT_THAT(e.text(), HasSubstr("the database system is shutting down"));
}

TEST_F(pg_connect, an_unknown_startup_parameter_is_named) {
    const temp_cluster cluster;
    const error e = frame.refused(settings_for(cluster.url() + "&options=-c%20nonsense%3D1"));
    EXPECT_EQ(e.sqlstate, "42704");
    EXPECT_EQ(e.kind, error_class::unavailable);
    EXPECT_THAT(e.text(), HasSubstr("nonsense"));
}

TEST_F(pg_connect, a_session_setting_that_the_server_refuses_fails_the_connect) {
    const temp_cluster cluster;
    auto settings = settings_for(cluster.url());
    settings.session_settings = {{"statement_timeout", "soon"}};
    const error e = frame.refused(settings);
    EXPECT_EQ(e.code, make_error_code(errc::database_unavailable));
    EXPECT_EQ(e.sqlstate, "22023");
    EXPECT_THAT(e.text(), HasSubstr("statement_timeout"));
}

TEST_F(pg_connect, a_stopped_postmaster_costs_connect_timeout_and_not_the_event_loop) {
    temp_cluster cluster({.tcp = true});
    temp_cluster::freeze(cluster.postmaster());
    for (const std::string& url : {cluster.tcp_url(), cluster.url()}) {
        auto settings = settings_for(url);
        settings.connect_timeout = 2s;
        int turns = 0;
        asio::steady_timer beat(frame.loop);
        std::function<void(error_code)> turn = [&](error_code ec) {
            if (ec)
                return;
            ++turns;
            beat.expires_after(10ms);
            beat.async_wait(turn);
        };
        beat.expires_after(10ms);
        beat.async_wait(turn);
        const auto begin = clock::now();
        const error e = frame.refused(settings);
        const auto took = clock::now() - begin;
        beat.cancel();
        EXPECT_THAT(e.text(), HasSubstr("Connected, but no reply within 2")) << e.text();
        EXPECT_EQ(e.sqlstate, "08001");
        EXPECT_EQ(e.kind, error_class::retry);
        EXPECT_GE(took, 2s);
        EXPECT_LT(took, 15s);
        EXPECT_GT(turns, 2) << "the event loop stood still";
    }
    temp_cluster::thaw(cluster.postmaster());
}

TEST_F(pg_connect, a_first_host_that_hangs_is_left_for_the_second) {
    temp_cluster stopped({.tcp = true});
    const temp_cluster healthy({.tcp = true});
    temp_cluster::freeze(stopped.postmaster());
    auto settings =
        settings_for("postgresql://postgres@127.0.0.1:" + std::to_string(stopped.port()) +
                     ",127.0.0.1:" + std::to_string(healthy.port()) + "/postgres?sslmode=prefer");
    settings.connect_timeout = 3s; // for the second too
    const auto session = frame.connect(settings);
    EXPECT_EQ(session->facts().port, healthy.port());
    temp_cluster::thaw(stopped.postmaster());
}

TEST_F(pg_connect, the_end_of_a_round_bounds_all_its_attempts) {
    temp_cluster stopped({.tcp = true});
    temp_cluster::freeze(stopped.postmaster());
    const std::string host = "127.0.0.1:" + std::to_string(stopped.port());
    auto settings = settings_for("postgresql://postgres@" + host + "," + host + "," + host +
                                 "/postgres?sslmode=disable");
    settings.connect_timeout = 10s;
    const auto begin = clock::now();
    const error e = frame.refused(settings, 500ms);
    EXPECT_LT(clock::now() - begin, 8s);
    EXPECT_EQ(e.kind, error_class::retry);
    temp_cluster::thaw(stopped.postmaster());
}

TEST_F(pg_connect, a_black_hole_costs_connect_timeout) {
    const temp_cluster cluster({.tcp = true});
    fault_proxy proxy(frame.loop, cluster.port());
    auto settings = settings_for("postgresql://postgres@127.0.0.1:" + std::to_string(proxy.port()) +
                                 "/postgres?sslmode=disable");
    settings.connect_timeout = 300ms;
    proxy.set().black_hole = true;
    EXPECT_EQ(frame.refused(settings).sqlstate, "08001");
    proxy.set().black_hole = false;
    settings.connect_timeout = 10s;
    const auto session = frame.connect(settings);
    proxy.set().black_hole = true;
    const auto outcome = frame.query(*session, "SELECT 1", {}, 300ms);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, make_error_code(errc::timed_out));
}

TEST_F(pg_connect, bytes_may_come_one_by_one_and_a_reset_ends_the_session) {
    const temp_cluster cluster({.tcp = true});
    fault_proxy proxy(frame.loop, cluster.port());
    proxy.set().one_byte = true;
    const auto session =
        frame.connect("postgresql://postgres@127.0.0.1:" + std::to_string(proxy.port()) +
                      "/postgres?sslmode=disable");
    EXPECT_EQ(frame.value(*session, "SELECT repeat('x', 1000)").size(), 1000U);
    proxy.reset_all();
    const auto outcome = frame.query(*session, "SELECT 1");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, make_error_code(errc::connection_lost));
    EXPECT_EQ(outcome.error().kind, error_class::retry);
}

TEST_F(pg_connect, tls_required_from_a_server_that_has_none) {
    const temp_cluster cluster({.tcp = true});
    const error e = frame.refused(settings_for(cluster.tcp_url() + "?sslmode=require"));
    EXPECT_EQ(e.text(), "The server offers no TLS and sslmode=require demands it (" +
                            place(cluster) +
                            ", 08001): turn ssl on in its postgresql.conf, or set sslmode=prefer "
                            "(database.sslmode) where the network is trusted");
    EXPECT_EQ(e.kind, error_class::unavailable);
}

TEST_F(pg_connect, verify_full_takes_the_right_name_and_refuses_a_wrong_one) {
    const temp_cluster cluster({.tls = true, .tls_name = "db.test"});
    const auto settings_with = [&](const std::string& name, const std::string& ca) {
        auto settings =
            settings_for("postgresql://postgres@" + name + ":" + std::to_string(cluster.port()) +
                         "/postgres?sslmode=verify-full");
        settings.sslrootcert = ca;
        settings.lookup = [](const std::string&) {
            return std::vector<std::string>{"127.0.0.1"};
        };
        return settings;
    };
    const std::string ca = cluster.certificate();
    const auto session = frame.connect(settings_with("db.test", ca));
    EXPECT_TRUE(session->facts().tls);
    EXPECT_EQ(frame.value(*session, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"),
              "t");

    const error wrong_name = frame.refused(settings_with("other.test", ca));
    EXPECT_EQ(wrong_name.kind, error_class::unavailable);
    EXPECT_THAT(wrong_name.text(),
                AllOf(HasSubstr("TLS failed"), HasSubstr("other.test"), HasSubstr(ca)));

    const error unknown_ca = frame.refused(settings_with("db.test", ""));
    EXPECT_EQ(unknown_ca.kind, error_class::unavailable);
    EXPECT_THAT(unknown_ca.text(), HasSubstr("TLS failed"));

    const error no_file = frame.refused(settings_with("db.test", "/nonexistent/ca.pem"));
    EXPECT_EQ(no_file.kind, error_class::unavailable);
    EXPECT_THAT(no_file.text(), HasSubstr("/nonexistent/ca.pem"));
}

TEST_F(pg_connect, the_idle_watch_hears_through_tls) {
    const temp_cluster cluster({.tls = true});
    const auto session = frame.connect(cluster.tcp_url() + "?sslmode=require");
    EXPECT_EQ(frame.value(*session, "SELECT repeat('x', 100000)").size(), 100'000U);
    std::optional<error> reason;
    session->watch_idle([&](error e) { reason = std::move(e); });
    cluster.sql("postgres", "SELECT pg_sleep(0.05), pg_terminate_backend(" +
                                std::to_string(session->facts().backend_pid) + ")");
    EXPECT_TRUE(eventually([&] {
        frame.loop.restart();
        frame.loop.run_for(10ms);
        return reason.has_value();
    }));
    EXPECT_EQ(reason->sqlstate, "57P01");
}

TEST_F(pg_connect, a_standby_is_no_place_to_write) {
    temp_cluster primary({.tcp = true});
    const auto standby = primary.make_standby();
    const std::string one = "127.0.0.1:" + std::to_string(standby->port());
    const error e = frame.refused(
        settings_for("postgresql://postgres@" + one + "/postgres?target_session_attrs=read-write"));
    EXPECT_EQ(e.sqlstate, "25006");
    EXPECT_EQ(e.kind, error_class::unavailable);
    EXPECT_THAT(e.text(), HasSubstr("The server is a standby (" + one + ", 25006)"));

    const std::string both = "postgresql://postgres@" + one +
                             ",127.0.0.1:" + std::to_string(primary.port()) + "/postgres";
    const auto attrs = [&](const char* value) {
        auto settings = settings_for(both);
        settings.target_session_attrs = value;
        return frame.connect(settings)->facts().port;
    };
    EXPECT_EQ(attrs(""), primary.port()) << "several hosts: read-write";
    EXPECT_EQ(attrs("any"), standby->port());
    EXPECT_EQ(attrs("primary"), primary.port());
    EXPECT_EQ(attrs("standby"), standby->port());
    EXPECT_EQ(attrs("read-only"), standby->port());
    EXPECT_EQ(attrs("prefer-standby"), standby->port());
    standby->stop(stop_mode::fast);
    EXPECT_EQ(attrs("prefer-standby"), primary.port());
}

TEST_F(pg_connect, a_read_only_database_is_a_primary_but_not_read_write) {
    temp_cluster cluster;
    cluster.create_database("archive");
    cluster.sql("postgres", "ALTER DATABASE archive SET default_transaction_read_only = on");
    EXPECT_TRUE(
        frame.try_connect(settings_for(cluster.url("archive") + "&target_session_attrs=primary")));
    const error e =
        frame.refused(settings_for(cluster.url("archive") + "&target_session_attrs=read-write"));
    EXPECT_THAT(e.text(), HasSubstr("The server is read-only"));
}
