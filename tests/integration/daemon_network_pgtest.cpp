// Listeners that are no PostgreSQL, or none that can be used: headspaced stays up, answers /livez
// at once, says in one line what happened and what to do, and heals by itself.
#include "network_world.hpp"
#include "support/background.hpp"
#include "support/fake_server.hpp"
#include "support/fault_proxy.hpp"

#include <csignal>
#include <fstream>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

using fake = background<fake_server>;
using proxy = background<fault_proxy>;

/// Greets with `first`, answers whatever comes with `then`, and hangs up, as servers of other
/// protocols do.
fake_server::script foreign(std::string first, std::string then) {
    return [first = std::move(first), then = std::move(then)](peer& client,
                                                              int) -> asio::awaitable<void> {
        co_await client.send(first);
        co_await client.read_bytes(8); // the SSLRequest, or the beginning of a startup packet
        co_await client.send(then);
    };
}

asio::awaitable<void> says_nothing(peer& client, int) {
    co_await client.stay_silent();
}

std::size_t times_in_standby_mode(const temp_cluster& cluster) {
    std::ifstream log(cluster.log_file());
    std::size_t count = 0;
    for (std::string line; std::getline(log, line);)
        count += line.find("entering standby mode") != std::string::npos ? 1 : 0;
    return count;
}

void expect_told_apart(const std::string& first, const std::string& then) {
    fake listener(foreign(first, then));
    const app_cluster cluster;
    daemon_process daemon({.config = database(place_of(listener.port())) + quick});
    ASSERT_TRUE(daemon.wait_ready());
    expect_lively(daemon, 1s);
    EXPECT_THAT(database_error(daemon),
                HasSubstr("The listener does not speak the protocol of PostgreSQL (" +
                          place_of(listener.port()) + ", 08P01): check host and port"));
    EXPECT_GT(daemon.get("/v1/pool").json().at("connects_failed").to_number<int>(), 1);
    expect_one_complaint(daemon, HasSubstr("The listener does not speak"));
    daemon.write_config(database(cluster.place()) + quick);
    daemon.signal(SIGHUP); // a person has checked host and port
    expect_healed(daemon);
}

} // namespace

TEST(daemon_network, a_listener_of_ssh_is_told_apart) {
    expect_told_apart("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
                      "Invalid SSH identification string.\r\n");
}

TEST(daemon_network, a_listener_of_http_is_told_apart) {
    expect_told_apart("", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
}

TEST(daemon_network, a_listener_that_speaks_binary_garbage_is_told_apart) {
    expect_told_apart("", std::string("\x15\x03\x03\x00\x02\x02\x28\xff\xff\xff\xff", 11));
}

TEST(daemon_network, a_listener_that_closes_at_once_is_tried_until_it_behaves) {
    const app_cluster cluster;
    proxy listener(cluster.port());
    listener.with([](fault_proxy& p) { p.set().refuse = true; });
    daemon_process daemon({.config = database(place_of(listener.port())) + quick});
    ASSERT_TRUE(daemon.wait_ready());
    expect_lively(daemon, 1s);
    expect_one_complaint(daemon, AllOf(HasSubstr("08006"), HasSubstr("is that PostgreSQL?"),
                                       HasSubstr(place_of(listener.port()))));
    listener.with([](fault_proxy& p) { p.set().refuse = false; });
    expect_healed(daemon);
}

TEST(daemon_network, a_listener_that_is_silent_costs_connect_timeout_each_time) {
    const app_cluster cluster;
    proxy listener(cluster.port());
    listener.with([](fault_proxy& p) { p.set().black_hole = true; });
    daemon_process daemon(
        {.config = database(place_of(listener.port()), "connect_timeout = \"700ms\"") + quick});
    ASSERT_TRUE(daemon.wait_ready());
    expect_lively(daemon, 2s);
    expect_one_complaint(daemon, AllOf(HasSubstr("no reply within 700 ms"), HasSubstr("08001"),
                                       HasSubstr("overloaded or stopped, or it is not PostgreSQL"),
                                       HasSubstr(place_of(listener.port()))));
    listener.with([](fault_proxy& p) { p.set().black_hole = false; });
    expect_healed(daemon);
}

TEST(daemon_network, a_path_that_goes_dark_is_found_by_asking_and_said_once) {
    const app_cluster cluster;
    proxy path(cluster.port());
    daemon_process daemon({.config = database(place_of(path.port()), "connect_timeout = \"2s\"") +
                                     quick + "[health]\ntimeout = \"2s\"\n"});
    ASSERT_TRUE(settled(daemon));
    path.with([](fault_proxy& p) { p.set().black_hole = true; });
    EXPECT_TRUE(eventually([&] {
        EXPECT_EQ(daemon.get("/livez").status, 200);
        return daemon.get("/health/db").status == 503 && !database_error(daemon).empty();
    }));
    expect_lively(daemon, 3s);
    EXPECT_THAT(daemon.complaints(), testing::Contains(HasSubstr("database unavailable")).Times(1));
    path.with([](fault_proxy& p) { p.set().black_hole = false; });
    EXPECT_TRUE(daemon.wait_connected());
    EXPECT_EQ(daemon.complaints().size(), 2U);
    EXPECT_EQ(daemon.log_lines_with("recovered after"), 1U);
}

TEST(daemon_network, a_server_that_recovers_is_waited_for) {
    app_cluster primary;
    const auto standby = primary.make_standby();
    const auto before = times_in_standby_mode(*standby);
    standby->set("hot_standby", "off"); // so that recovery lasts as long as the test wants
    standby->stop();
    standby->start_without_waiting();
    ASSERT_TRUE(eventually([&] { return times_in_standby_mode(*standby) == before + 1; }));
    daemon_process daemon({.config = database(place_of(standby->port())) + quick});
    ASSERT_TRUE(daemon.wait_ready());
    expect_lively(daemon, 1s);
    EXPECT_THAT(database_error(daemon), HasSubstr("57P03"));
    expect_one_complaint(daemon, AllOf(HasSubstr("the database system is"), HasSubstr("57P03"),
                                       HasSubstr(place_of(standby->port())),
                                       HasSubstr("this heals by itself")));
    std::ofstream(standby->data_directory() / "promote").close();
    ::kill(standby->postmaster(), SIGUSR1);
    expect_healed(daemon);
}

TEST(daemon_network, a_host_that_hangs_is_left_for_the_next_and_the_log_names_both) {
    fake hangs(says_nothing);
    const app_cluster cluster;
    const std::string first = place_of(hangs.port());
    daemon_process daemon(
        {.config = database(first + "," + cluster.place(), "connect_timeout = \"2s\"") + quick});
    ASSERT_TRUE(settled(daemon));
    EXPECT_EQ(daemon.get("/health/db").status, 200);
    EXPECT_EQ(daemon.health().at("status").as_string(), "healthy");
    EXPECT_FALSE(cluster.backends("headspaced").empty());
    for (int i = 0; i < 3; ++i) {
        daemon.post("/v1/pool/recycle");
        EXPECT_EQ(daemon.get("/health/db").status, 200);
    }
    expect_one_complaint(daemon, AllOf(HasSubstr(cluster.place() + " is used in place of another"),
                                       HasSubstr(first), HasSubstr("no reply within 2.0 s")));
}

TEST(daemon_network, of_a_standby_and_a_primary_the_primary_is_used_and_its_loss_is_explained) {
    app_cluster primary;
    const auto standby = primary.make_standby();
    proxy path(primary.port()); // a real one would go in several steps, each a cause of its own
    const std::string replica = place_of(standby->port());
    const std::string writer = place_of(path.port());
    daemon_process daemon({.config = database(replica + "," + writer) + quick});
    ASSERT_TRUE(settled(daemon));
    EXPECT_EQ(daemon.get("/health/db").json().at("role").as_string(), "primary");
    EXPECT_TRUE(eventually([&] { return standby->backends("headspaced").empty(); }));
    EXPECT_THAT(daemon.complaints(), ElementsAre()) << "a standby among the hosts is no fault";
    path.with([](fault_proxy& p) {
        p.set().refuse = true;
        p.close_all();
    });
    ASSERT_TRUE(eventually([&] { return !database_error(daemon).empty(); }));
    expect_lively(daemon, 1s);
    EXPECT_EQ(daemon.get("/readyz").status, 503);
    EXPECT_THAT(
        database_error(daemon),
        AllOf(HasSubstr(replica + ": The server is a standby, 25006"), HasSubstr(writer + ": ")));
    expect_one_complaint(daemon, HasSubstr("database unavailable"));
    standby->promote();
    expect_healed(daemon);
    EXPECT_EQ(daemon.get("/health/db").json().at("role").as_string(), "primary");
}

TEST(daemon_network, a_lone_standby_is_read_from_unless_writing_is_asked_for) {
    app_cluster primary;
    const auto standby = primary.make_standby();
    const std::string replica = place_of(standby->port());
    daemon_process daemon({.config = database(replica) + quick});
    ASSERT_TRUE(daemon.wait_connected());
    EXPECT_EQ(daemon.get("/health/db").json().at("role").as_string(), "standby");
    EXPECT_THAT(daemon.complaints(), ElementsAre());
    daemon.write_config(database(replica, "target_session_attrs = \"read-write\"") + quick);
    daemon.signal(SIGHUP);
    ASSERT_TRUE(eventually([&] { return !database_error(daemon).empty(); }));
    expect_lively(daemon, 1s);
    expect_one_complaint(daemon,
                         AllOf(HasSubstr("The server is a standby (" + replica + ", 25006)"),
                               HasSubstr("target_session_attrs=read-write"),
                               HasSubstr("is the primary among the hosts?")));
    standby->promote();
    expect_healed(daemon);
}
