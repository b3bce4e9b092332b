// Names: lookups that never return, and what TLS makes of a name.
#include "network_world.hpp"
#include "support/background.hpp"
#include "support/fake_server.hpp"

#include <atomic>
#include <csignal>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::HasSubstr;

namespace {

constexpr const char* brief_drain = "[shutdown]\ndrain_timeout = \"2s\"\n";

std::string at(const std::string& name, std::uint16_t port) {
    return name + ":" + std::to_string(port);
}

/// Whatever is under way, the exit does not wait for its end, which never comes.
void expect_clean_exit(daemon_process& daemon) {
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait_exit(), 0);
}

} // namespace

TEST(daemon_names, dns_that_does_not_answer_holds_up_nothing) {
    daemon_process daemon(
        {.config =
             database("db.example.com:5432", "resolve_timeout = \"500ms\"") + quick + brief_drain,
         .names = "db.example.com silent\n"});
    ASSERT_TRUE(daemon.wait_ready());
    expect_lively(daemon, 2s);
    EXPECT_THAT(database_error(daemon), HasSubstr("cannot resolve \"db.example.com\""));
    expect_one_complaint(daemon,
                         AllOf(HasSubstr("cannot resolve \"db.example.com\""),
                               HasSubstr("the resolver does not answer"), HasSubstr("08001"),
                               HasSubstr("check the host name and the DNS of this machine")));
    expect_clean_exit(daemon);
}

TEST(daemon_names, a_stop_in_the_middle_of_a_lookup_does_not_wait_for_it) {
    daemon_process daemon(
        {.config = database("db.example.com:5432",
                            "resolve_timeout = \"60s\"\nconnect_round_timeout = \"60s\"") +
                   brief_drain,
         .names = "db.example.com silent\n"});
    ASSERT_TRUE(daemon.wait_answering());
    expect_lively(daemon, 500ms);
    EXPECT_EQ(daemon.get("/v1/pool").json().at("connecting").to_number<int>(), 1);
    expect_clean_exit(daemon);
    EXPECT_THAT(daemon.complaints(), testing::ElementsAre());
}

TEST(daemon_names, a_name_that_cannot_be_looked_up_is_left_for_the_next_host) {
    const app_cluster cluster;
    daemon_process daemon({.config = database("gone.example.com:5432," + cluster.place(),
                                              "resolve_timeout = \"500ms\"") +
                                     quick,
                           .names = "gone.example.com silent\n"});
    ASSERT_TRUE(settled(daemon));
    EXPECT_EQ(daemon.get("/health/db").status, 200);
    expect_one_complaint(daemon, AllOf(HasSubstr(cluster.place() + " is used in place of another"),
                                       HasSubstr("cannot resolve \"gone.example.com\"")));
}

TEST(daemon_names, when_dns_falls_silent_the_last_known_address_serves) {
    app_cluster cluster;
    daemon_process daemon(
        {.config = database(at("db.internal", cluster.port()), "resolve_timeout = \"1s\"") + quick,
         .names = "db.internal 127.0.0.1\n"});
    ASSERT_TRUE(settled(daemon));
    daemon.write_names("db.internal silent\n");
    cluster.stop(stop_mode::fast);
    ASSERT_TRUE(eventually([&] { return !database_error(daemon).empty(); }));
    cluster.start();
    expect_healed(daemon);
}

TEST(daemon_names, a_name_that_does_not_exist_yet_is_found_when_it_does) {
    const app_cluster cluster;
    daemon_process daemon(
        {.config = database(at("new.invalid", cluster.port()), "sslmode = \"prefer\"") + quick,
         .names = ""});
    ASSERT_TRUE(daemon.wait_ready());
    EXPECT_THAT(database_error(daemon), HasSubstr("cannot resolve \"new.invalid\""));
    daemon.write_names("new.invalid 127.0.0.1\n");
    expect_healed(daemon);
}

TEST(daemon_names, a_remote_server_without_tls_is_refused_and_used_once_it_has_tls) {
    app_cluster cluster({.tls = true});
    cluster.set("ssl", "off");
    const std::string place = at("db.example.com", cluster.port());
    daemon_process daemon(
        {.config = database(place) + quick, .names = "db.example.com 127.0.0.1\n"});
    ASSERT_TRUE(daemon.wait_ready());
    expect_lively(daemon, 1s);
    expect_one_complaint(
        daemon, AllOf(HasSubstr("The server offers no TLS and sslmode=require demands it (" +
                                place + ", 08001)"),
                      HasSubstr("turn ssl on"), HasSubstr("sslmode=prefer (database.sslmode)")));
    EXPECT_TRUE(cluster.backends("headspaced").empty());
    cluster.set("ssl", "on");
    expect_healed(daemon);
    EXPECT_EQ(cluster.value("postgres", "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN "
                                        "pg_stat_activity USING (pid) WHERE usename = 'app'"),
              "t");
}

TEST(daemon_names, nothing_is_sent_in_clear_to_a_remote_server_that_refuses_tls) {
    std::atomic<int> asked = 0;
    std::atomic<int> started = 0;
    background<fake_server> server([&](peer& client, int) -> asio::awaitable<void> {
        ++asked;
        co_await client.startup('N');
        ++started; // a startup packet came, and the password would be next
        co_await client.send(say::ask_for_password());
        co_await client.stay_silent();
    });
    daemon_process daemon({.config = database(at("db.example.com", server.port())) + quick,
                           .names = "db.example.com 127.0.0.1\n"});
    ASSERT_TRUE(daemon.wait_ready());
    EXPECT_TRUE(eventually([&] { return asked > 2; }));
    EXPECT_EQ(started, 0);
    expect_one_complaint(daemon, HasSubstr("sslmode=require demands it"));
}

TEST(daemon_names, verify_full_takes_the_name_of_the_certificate_and_no_other) {
    const app_cluster cluster({.tls = true, .tls_name = "db.example.com"});
    const auto config_for = [&](const std::string& name) {
        return database(at(name, cluster.port()), "sslmode = \"verify-full\"\nsslrootcert = \"" +
                                                      cluster.certificate().string() + "\"") +
               quick;
    };
    daemon_process daemon({.config = config_for("other.example.com"),
                           .names = "db.example.com 127.0.0.1\nother.example.com 127.0.0.1\n"});
    ASSERT_TRUE(daemon.wait_ready());
    expect_lively(daemon, 1s);
    expect_one_complaint(daemon, AllOf(HasSubstr("TLS failed"), HasSubstr("other.example.com"),
                                       HasSubstr("db.example.com"),
                                       HasSubstr("the name in the server's certificate"),
                                       HasSubstr(cluster.certificate().string())));
    EXPECT_TRUE(cluster.backends("headspaced").empty());
    daemon.write_config(config_for("db.example.com"));
    daemon.signal(SIGHUP);
    expect_healed(daemon);
}
