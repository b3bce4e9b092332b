// What a private PostgreSQL survives: crashes, kills, leftovers, folders and programs that are
// wrong.
#include "embedded_fixture.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <iostream>
#include <sys/wait.h>
#include <unistd.h>

using namespace headspace;
using namespace headspace::embedded;
using namespace std::chrono_literals;
using test::ask;
using test::control_state;
using test::embedded_cluster;
using test::program;
using test::run_in_a_process;
using test::run_on;
using test::seconds;
using test::server_user;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

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
    ASSERT_TRUE(test::wait_for(owner, 30s));
    EXPECT_TRUE(test::eventually([&] { return !test::is_running(server); }));
    std::cout << "gone after: " << seconds(clock::now() - died) << " s\n";
    EXPECT_TRUE(test::wait_for(client, 30s));
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
    ASSERT_TRUE(test::wait_for(owner, 30s));
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
    test::wait_for(other, 30s);
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

TEST_F(embedded_cluster, an_ephemeral_one_whose_owner_was_killed_is_gone_after_the_next) {
    auto o = options();
    o.settings.ephemeral = true;
    pid_t server = 0;
    const pid_t owner = run_in_a_process(o, server);
    ::kill(owner, SIGKILL);
    ASSERT_TRUE(test::wait_for(owner, 30s));
    ASSERT_TRUE(test::eventually([&] { return !test::is_running(server); }));
    auto c = make(o);
    ASSERT_TRUE(start(*c));
    stop(*c);
    for (const auto& entry : fs::directory_iterator(home.path()))
        EXPECT_THAT(entry.path().filename().string(), testing::Not(HasSubstr("ephemeral")));
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

TEST_F(embedded_cluster, a_session_that_does_not_end_cannot_hold_a_stop_beyond_its_deadline) {
    auto c = make(); // with the default waits, 15 s in all
    const auto place = start(*c).value();
    const pid_t client = test::spawn({program("psql"), "-XAtc", "SELECT pg_sleep(1000)",
                                      "host=" + place.socket_directory + " dbname=postgres"});
    const std::string session =
        "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(1000)'";
    ASSERT_TRUE(test::eventually([&] { return !ask(place, session).empty(); }));
    const pid_t backend = std::stoi(ask(place, session));
    ::kill(backend, SIGSTOP);
    const pid_t server = c->server_pid();
    const auto begin = clock::now();
    run_on(context, c->stop(begin + 1s), 60s);
    const auto took = clock::now() - begin;
    ::kill(backend, SIGKILL);
    EXPECT_TRUE(test::wait_for(client, 30s));
    EXPECT_LT(took, 10s); // the default waits are 15 s
    EXPECT_EQ(c->state(), cluster_state::stopped);
    EXPECT_EQ(::waitpid(server, nullptr, WNOHANG), -1);
    EXPECT_TRUE(said("embedded_slow_stop", "of a fast shutdown")) << all_events();
    EXPECT_TRUE(said("embedded_slow_stop", "of an immediate shutdown")) << all_events();
    auto next = make();
    EXPECT_TRUE(start(*next)) << all_events();
    stop(*next);
}

TEST_F(embedded_cluster, a_stop_after_its_deadline_still_ends_the_server_and_collects_it) {
    auto c = make();
    ASSERT_TRUE(start(*c));
    const pid_t server = c->server_pid();
    run_on(context, c->stop(clock::now() - 1s), 60s);
    EXPECT_EQ(c->state(), cluster_state::stopped);
    EXPECT_EQ(::waitpid(server, nullptr, WNOHANG), -1);
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
