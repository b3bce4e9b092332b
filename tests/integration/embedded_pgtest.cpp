// The life of a private PostgreSQL: real programs from the first start to the last stop.
#include "embedded_fixture.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <grp.h>
#include <iostream>
#include <sys/wait.h>
#include <unistd.h>

using namespace headspace;
using namespace headspace::embedded;
using namespace std::chrono_literals;
using test::ask;
using test::control_state;
using test::embedded_cluster;
using test::seconds;
using test::server_user;
using testing::HasSubstr;

namespace fs = std::filesystem;

TEST_F(embedded_cluster, a_cold_start_a_stop_and_a_warm_start_keep_data_and_leave_it_shut_down) {
    const auto begin = clock::now();
    connection_place first;
    {
        auto c = make();
        const auto place = start(*c);
        ASSERT_TRUE(place) << place.error().text();
        first = *place;
        std::cout << "cold start: " << seconds(clock::now() - begin) << " s\n";
        EXPECT_EQ(c->state(), cluster_state::running);
        EXPECT_EQ(ask(*place, "SELECT current_user || ' ' || usesuper FROM pg_user "
                              "WHERE usename = current_user"),
                  read_host()->user + " true");
        EXPECT_EQ(ask(*place, "CREATE TABLE kept AS SELECT 42 AS n"), "SELECT 1");
        const pid_t server = c->server_pid();
        stop(*c);
        EXPECT_EQ(c->state(), cluster_state::stopped);
        EXPECT_FALSE(test::is_running(server));
    }
    EXPECT_EQ(control_state(data()), "shut down");
    EXPECT_FALSE(fs::exists(first.socket_directory));

    const auto again = clock::now();
    auto c = make();
    const auto place = start(*c);
    ASSERT_TRUE(place) << place.error().text();
    std::cout << "warm start: " << seconds(clock::now() - again) << " s\n";
    EXPECT_EQ(place->socket_directory, first.socket_directory);
    EXPECT_EQ(ask(*place, "SELECT n FROM kept"), "42");
    stop(*c);
}

TEST_F(embedded_cluster, it_is_reached_through_its_socket_by_its_owner_only) {
    auto c = make();
    const auto place = start(*c).value();
    EXPECT_EQ(ask(place, "SHOW listen_addresses"), "");
    EXPECT_EQ(ask(place, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules"),
              "peer");
    EXPECT_EQ(ask(place, "SHOW data_checksums"), "on");
    EXPECT_EQ(ask(place, "SHOW server_encoding"), "UTF8");
    if (::geteuid() == 0) {
        EXPECT_EQ(ask(place, "SELECT current_user", "nobody").find("nobody\n"), std::string::npos);
        EXPECT_THAT(ask(place, "SELECT 1", "nobody"), HasSubstr("Permission denied"));
    }
    stop(*c);
}

TEST_F(embedded_cluster, as_root_the_server_and_its_files_belong_to_postgres) {
    auto c = make();
    ASSERT_TRUE(start(*c));
    const auto status = test::read_file("/proc/" + std::to_string(c->server_pid()) + "/status");
    const auto account = io::find_account(server_user()).value();
    const std::string uid = std::to_string(account.uid);
    EXPECT_THAT(status, HasSubstr("Uid:\t" + uid + "\t" + uid + "\t" + uid + "\t" + uid));
    EXPECT_THAT(test::run({"stat", "-c", "%u %a", data().string()}).output,
                HasSubstr(uid + " 700"));
    stop(*c);
}

TEST_F(embedded_cluster, a_second_owner_is_refused_and_told_the_pid_of_the_first) {
    auto first = make();
    ASSERT_TRUE(start(*first));
    auto second = make();
    const auto place = start(*second);
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().kind, error_class::refuse);
    EXPECT_THAT(place.error().message,
                HasSubstr("another headspaced (pid " + std::to_string(::getpid()) + ")"));
    EXPECT_EQ(second->state(), cluster_state::refused);
    for (const log_event& e : events)
        EXPECT_FALSE(e.name == "embedded_down" && e.level > log_level::debug)
            << "who called start() says it: " << e.message;
    EXPECT_EQ(first->state(), cluster_state::running);
    stop(*second);
    EXPECT_EQ(ask(*first->place(), "SELECT 1"), "1");
    stop(*first);
}

TEST_F(embedded_cluster, an_ephemeral_one_is_gone_after_the_stop) {
    auto o = options();
    o.settings.ephemeral = true;
    auto c = make(o);
    const auto place = start(*c);
    ASSERT_TRUE(place) << place.error().text();
    EXPECT_EQ(ask(*place, "SHOW fsync"), "off");
    const fs::path folder = fs::path(c->data_directory()).parent_path();
    EXPECT_TRUE(fs::exists(folder));
    stop(*c);
    EXPECT_FALSE(fs::exists(folder));
    EXPECT_FALSE(fs::exists(data()));
}

TEST_F(embedded_cluster, two_with_one_runtime_directory_do_not_disturb_each_other) {
    auto o = options();
    auto first = make(o);
    o.data_directory += "-2";
    auto second = make(o);
    const auto one = start(*first).value();
    const auto two = start(*second).value();
    EXPECT_NE(one.socket_directory, two.socket_directory);
    stop(*first);
    EXPECT_EQ(ask(two, "SHOW data_directory"), o.data_directory);
    stop(*second);
}

TEST_F(embedded_cluster, a_runtime_directory_too_long_for_a_socket_is_no_obstacle) {
    auto o = options();
    o.runtime_directory += "/" + std::string(100, 'x');
    auto c = make(o);
    const auto place = start(*c);
    ASSERT_TRUE(place) << place.error().text();
    EXPECT_THAT(place->socket_directory, testing::StartsWith("/tmp/hs."));
    EXPECT_EQ(ask(*place, "SELECT 1"), "1");
    stop(*c);
    EXPECT_FALSE(fs::exists(place->socket_directory));
}

TEST_F(embedded_cluster, the_server_inherits_no_secret_and_nothing_of_systemds) {
    for (const char* name : {"DATABASE_PASSWORD", "PGPASSWORD", "LISTEN_FDS", "WATCHDOG_USEC"})
        ::setenv(name, "canary", 1);
    auto c = make();
    const auto place = start(*c);
    for (const char* name : {"DATABASE_PASSWORD", "PGPASSWORD", "LISTEN_FDS", "WATCHDOG_USEC"})
        ::unsetenv(name);
    ASSERT_TRUE(place);
    const auto environment =
        test::read_file("/proc/" + std::to_string(c->server_pid()) + "/environ");
    EXPECT_THAT(environment, testing::Not(HasSubstr("canary")));
    EXPECT_THAT(environment, HasSubstr("NOTIFY_SOCKET=" + place->socket_directory));
    stop(*c);
}

TEST_F(embedded_cluster, a_statement_that_fails_does_not_reach_the_log) {
    auto c = make();
    const auto place = start(*c).value();
    ask(place, "ALTER ROLE nobody_here PASSWORD 'canary'");
    EXPECT_TRUE(becomes([&] { return said("embedded_output", "nobody_here"); })) << all_events();
    EXPECT_EQ(all_events().find("canary"), std::string::npos);
    stop(*c);
}

TEST_F(embedded_cluster, an_ordinary_user_runs_one_as_himself) {
    if (::geteuid() != 0) {
        auto c = make();
        ASSERT_TRUE(start(*c));
        EXPECT_EQ(ask(*c->place(), "SELECT current_user"), read_host()->user);
        stop(*c);
        return;
    }
    const auto nobody = io::find_account("nobody").value();
    ASSERT_EQ(::chown(home.path().c_str(), nobody.uid, nobody.gid), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        int code = 1;
        if (::setgroups(0, nullptr) == 0 && ::setgid(nobody.gid) == 0 &&
            ::setuid(nobody.uid) == 0) {
            asio::io_context own;
            cluster c(own.get_executor(), options(), nullptr);
            const auto place = test::run_on(own, c.start(), 60s);
            code = place && ask(*place, "SELECT current_user") == "nobody" ? 0 : 2;
            test::run_on(own, c.stop(), 60s);
        }
        ::_exit(code);
    }
    const auto status = test::wait_for(child, 60s);
    ASSERT_TRUE(status);
    EXPECT_EQ(WEXITSTATUS(*status), 0);
    EXPECT_EQ(control_state(data()), "shut down");
}
