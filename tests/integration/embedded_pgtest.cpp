// The private PostgreSQL as a whole: real programs, real signals, real deaths.
#include "embedded/cluster.hpp"
#include "support/process.hpp"
#include "support/run_on.hpp"
#include "support/temp_cluster.hpp"
#include "support/temp_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <grp.h>
#include <iostream>
#include <sys/wait.h>
#include <unistd.h>

using namespace headspace;
using namespace headspace::embedded;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

namespace {

struct embedded_cluster : testing::Test {
    embedded_cluster() {
        // The server's user has to be able to enter it.
        fs::permissions(home.path(), fs::perms(0711));
    }

    test::temp_directory home{"hsem"};
    asio::io_context context;
    std::vector<log_event> events;

    [[nodiscard]] fs::path data() const { return home.path() / "pg"; }

    cluster_options options() const {
        cluster_options o;
        o.data_directory = data().string();
        o.runtime_directory = (home.path() / "run").string();
        o.host = read_host().value();
        o.host.temporary = home.path().string();
        return o;
    }

    event_sink sink() {
        return [this](log_event event) {
            events.push_back(std::move(event));
        };
    }

    std::unique_ptr<cluster> make(cluster_options o) {
        return std::make_unique<cluster>(context.get_executor(), std::move(o), sink());
    }
    std::unique_ptr<cluster> make() { return make(options()); }

    result<connection_place> start(cluster& c) { return test::run_on(context, c.start(), 60s); }
    void stop(cluster& c) { test::run_on(context, c.stop(), 60s); }

    [[nodiscard]] bool said(const std::string& name, const std::string& part) const {
        return std::any_of(events.begin(), events.end(), [&](const log_event& e) {
            return e.name == name && e.message.find(part) != std::string::npos;
        });
    }
    std::string all_events() const {
        std::string text;
        for (const log_event& e : events)
            text += e.name + ": " + e.message + "\n";
        return text;
    }

    // Runs the event loop until it holds.
    template<class Condition>
    bool becomes(Condition condition, duration limit = 30s) {
        const auto until = clock::now() + limit;
        context.restart();
        while (!condition() && clock::now() < until)
            context.run_one_for(10ms);
        return condition();
    }
};

std::string program(const std::string& name) {
    return (test::postgres_bindir() / name).string();
}

std::string ask(const connection_place& place, const std::string& sql, const std::string& as = {}) {
    const auto outcome =
        test::run({program("psql"), "-XAtc", sql,
                   "host=" + place.socket_directory + " port=" + std::to_string(place.port) +
                       " dbname=" + place.maintenance_database},
                  {.user = as, .without = {"PG*"}});
    return outcome.output.substr(0, outcome.output.find('\n'));
}

std::string control_state(const fs::path& data_directory) {
    const auto outcome = test::run({program("pg_controldata"), data_directory.string()});
    const std::string key = "Database cluster state:";
    const auto at = outcome.output.find(key);
    if (at == std::string::npos)
        return outcome.output;
    const auto line = outcome.output.substr(at + key.size());
    const auto begin = line.find_first_not_of(' ');
    return line.substr(begin, line.find('\n') - begin);
}

std::string server_user() {
    return ::geteuid() == 0 ? "postgres" : read_host()->user;
}

double seconds(duration d) {
    return std::chrono::duration<double>(d).count();
}

// A headspaced that is killed: runs in a child of the test, tells the server's pid, and sleeps in
// its event loop.
pid_t run_in_a_process(const cluster_options& options, pid_t& server) {
    int ends[2];
    if (::pipe(ends) != 0)
        throw std::runtime_error("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        asio::io_context context;
        cluster c(context.get_executor(), options, nullptr);
        const bool started = test::run_on(context, c.start(), 60s).has_value();
        const pid_t pid = started ? c.server_pid() : -1;
        [[maybe_unused]] const auto n = ::write(ends[1], &pid, sizeof pid);
        context.restart();
        const auto guard = asio::make_work_guard(context);
        context.run();
        ::_exit(0);
    }
    ::close(ends[1]);
    const auto n = ::read(ends[0], &server, sizeof server);
    ::close(ends[0]);
    if (n != static_cast<ssize_t>(sizeof server) || server < 0)
        throw std::runtime_error("the cluster did not start in the child");
    return child;
}

} // namespace

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
    EXPECT_EQ(first->state(), cluster_state::running);
    stop(*second);
    EXPECT_EQ(ask(*first->place(), "SELECT 1"), "1");
    stop(*first);
}

TEST_F(embedded_cluster, a_server_that_crashes_is_started_again_at_the_same_place) {
    auto c = make();
    std::vector<cluster_state> states;
    c->on_state_change([&](cluster_state s) { states.push_back(s); });
    const auto place = start(*c).value();
    const pid_t before = c->server_pid();
    ::kill(before, SIGKILL);
    ASSERT_TRUE(becomes([&] { return c->state() != cluster_state::running; }));
    ASSERT_TRUE(becomes([&] { return c->state() == cluster_state::running; })) << all_events();
    EXPECT_NE(c->server_pid(), before);
    EXPECT_EQ(ask(place, "SELECT 1"), "1");
    EXPECT_THAT(states, testing::ElementsAre(cluster_state::starting, cluster_state::running,
                                             cluster_state::waiting, cluster_state::starting,
                                             cluster_state::running));
    EXPECT_TRUE(said("embedded_down", "ended unexpectedly: signal 9 (Killed)")) << all_events();
    EXPECT_TRUE(said("embedded_output", "database system is ready")) << all_events();
    EXPECT_TRUE(said("embedded_up", "recovered after")) << all_events();
    stop(*c);
    EXPECT_EQ(control_state(data()), "shut down");
}

TEST_F(embedded_cluster, no_server_outlives_a_killed_owner_even_with_a_client_in_it) {
    pid_t server = 0;
    const pid_t owner = run_in_a_process(options(), server);
    const pid_t client =
        test::spawn({program("psql"), "-XAtc", "SELECT pg_sleep(1000)",
                     "host=" + (home.path() / "run/postgres").string() + " dbname=postgres"});
    ASSERT_TRUE(test::eventually([&] { return test::children_of(server).size() >= 6; }));
    const auto died = clock::now();
    ::kill(owner, SIGKILL);
    ASSERT_TRUE(test::wait_for(owner, 10s));
    EXPECT_TRUE(test::eventually([&] { return !test::is_running(server); }, 1s));
    std::cout << "gone after: " << seconds(clock::now() - died) << " s\n";
    EXPECT_TRUE(test::wait_for(client, 10s));
    EXPECT_EQ(control_state(data()), "shut down");

    auto next = make();
    EXPECT_TRUE(start(*next)) << all_events();
    stop(*next);
}

TEST_F(embedded_cluster, the_next_owner_starts_at_once_after_a_kill_without_any_cleaning_up) {
    pid_t server = 0;
    const pid_t owner = run_in_a_process(options(), server);
    ::kill(owner, SIGKILL);
    ::kill(server, SIGKILL); // and so a stale postmaster.pid, a stale socket, live backends
    ASSERT_TRUE(test::wait_for(owner, 10s));
    auto next = make();
    const auto place = start(*next);
    ASSERT_TRUE(place) << place.error().text();
    EXPECT_EQ(ask(*place, "SELECT 1"), "1");
    stop(*next);
}

TEST_F(embedded_cluster, a_recycled_pid_in_postmaster_pid_stops_nobody) {
    {
        auto c = make();
        ASSERT_TRUE(start(*c));
        stop(*c);
    }
    test::process_options as_server;
    as_server.user = ::geteuid() == 0 ? server_user() : "";
    const pid_t other = test::spawn({"sleep", "1000"}, as_server);
    test::write_file(data() / "postmaster.pid", std::to_string(other) + "\n" + data().string() +
                                                    "\n1790000000\n5432\n/nowhere\n\n");
    auto c = make();
    const auto place = start(*c);
    EXPECT_TRUE(place) << place.error().text();
    EXPECT_TRUE(test::is_running(other));
    ::kill(other, SIGKILL);
    test::wait_for(other, 5s);
    stop(*c);
}

TEST_F(embedded_cluster, data_of_another_version_is_refused_and_left_as_it_is) {
    {
        auto c = make();
        ASSERT_TRUE(start(*c));
        stop(*c);
    }
    const std::string version = test::read_file(data() / "PG_VERSION");
    test::write_file(data() / "PG_VERSION", "14\n");
    auto c = make();
    const auto place = start(*c);
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().kind, error_class::refuse);
    EXPECT_THAT(place.error().text(), HasSubstr("holds data of PostgreSQL 14"));
    EXPECT_THAT(place.error().hint, HasSubstr("apt install postgresql-14"));
    test::write_file(data() / "PG_VERSION", version);
    auto again = make();
    EXPECT_TRUE(start(*again));
    stop(*again);
}

TEST_F(embedded_cluster, a_folder_with_somebody_elses_files_is_refused_and_left_as_it_is) {
    fs::create_directory(data());
    test::write_file(data() / "thesis.tex", "text");
    auto c = make();
    const auto place = start(*c);
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().kind, error_class::refuse);
    EXPECT_EQ(test::read_file(data() / "thesis.tex"), "text");
}

TEST_F(embedded_cluster, without_the_programs_it_says_what_to_install_and_tries_on) {
    auto o = options();
    o.settings.bindir = (home.path() / "nothing").string();
    o.restart.operator_interval = 10ms;
    auto c = make(o);
    const auto place = start(*c);
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().kind, error_class::unavailable);
    EXPECT_THAT(place.error().hint, HasSubstr("apt install postgresql-15"));
    fs::create_directory_symlink(test::postgres_bindir(), home.path() / "nothing");
    EXPECT_TRUE(becomes([&] { return c->state() == cluster_state::running; })) << all_events();
    EXPECT_EQ(std::count_if(events.begin(), events.end(),
                            [](const log_event& e) {
                                return e.name == "embedded_down" && e.level == log_level::error;
                            }),
              1);
    stop(*c);
}

TEST_F(embedded_cluster, an_initdb_that_fails_is_quoted_and_leaves_nothing) {
    const auto bindir = home.path() / "bin";
    fs::create_directory(bindir);
    fs::create_symlink(program("postgres"), bindir / "postgres");
    test::write_file(bindir / "initdb", "#!/bin/sh\necho 'initdb: error: the moon is wrong' >&2\n"
                                        "exit 1\n");
    fs::permissions(bindir / "initdb", fs::perms(0755));
    auto o = options();
    o.settings.bindir = bindir.string();
    auto c = make(o);
    const auto place = start(*c);
    ASSERT_FALSE(place);
    EXPECT_THAT(place.error().message,
                HasSubstr("exit status 1: initdb: error: the moon is wrong"));
    stop(*c);
    for (const auto& entry : fs::directory_iterator(home.path()))
        EXPECT_THAT(entry.path().filename().string(), testing::Not(HasSubstr(".tmp-")));
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

TEST_F(embedded_cluster, an_ephemeral_one_whose_owner_was_killed_is_gone_after_the_next) {
    auto o = options();
    o.settings.ephemeral = true;
    pid_t server = 0;
    const pid_t owner = run_in_a_process(o, server);
    ::kill(owner, SIGKILL);
    ASSERT_TRUE(test::wait_for(owner, 10s));
    ASSERT_TRUE(test::eventually([&] { return !test::is_running(server); }));
    auto c = make(o);
    ASSERT_TRUE(start(*c));
    stop(*c);
    for (const auto& entry : fs::directory_iterator(home.path()))
        EXPECT_THAT(entry.path().filename().string(), testing::Not(HasSubstr("ephemeral")));
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

TEST_F(embedded_cluster, a_server_that_ignores_every_request_to_stop_is_killed_and_collected) {
    auto o = options();
    o.settings.fast_timeout = 50ms;
    o.settings.immediate_timeout = 50ms;
    auto c = make(o);
    ASSERT_TRUE(start(*c));
    const pid_t server = c->server_pid();
    ::kill(server, SIGSTOP);
    stop(*c);
    EXPECT_EQ(c->state(), cluster_state::stopped);
    EXPECT_EQ(::waitpid(server, nullptr, WNOHANG), -1);
    EXPECT_TRUE(said("embedded_slow_stop", "within 50 ms of an immediate shutdown"))
        << all_events();
    auto next = make();
    EXPECT_TRUE(start(*next)) << all_events();
    stop(*next);
}

TEST_F(embedded_cluster, a_stop_during_the_start_ends_it_and_leaves_no_process) {
    auto c = make();
    std::optional<result<connection_place>> outcome;
    auto starting = [&]() -> asio::awaitable<void> {
        outcome = co_await c->start();
    };
    asio::co_spawn(context, starting, asio::detached);
    ASSERT_TRUE(becomes([&] { return said("embedded_new", ""); }));
    stop(*c);
    ASSERT_TRUE(becomes([&] { return outcome.has_value(); }));
    EXPECT_FALSE(*outcome);
    EXPECT_EQ(outcome->error().code, make_error_code(errc::cancelled));
    EXPECT_THAT(test::children_of(::getpid()), IsEmpty());
    EXPECT_FALSE(fs::exists(data() / "PG_VERSION"));
    auto next = make();
    EXPECT_TRUE(start(*next)) << all_events();
    stop(*next);
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

TEST_F(embedded_cluster, as_root_a_folder_that_postgres_cannot_enter_is_named_with_a_hint) {
    if (::geteuid() != 0)
        return; // nobody else drops to another user
    fs::permissions(home.path(), fs::perms(0700));
    auto c = make();
    const auto place = start(*c);
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().kind, error_class::unavailable);
    EXPECT_THAT(place.error().hint, HasSubstr("postgres"));
    stop(*c);
}
