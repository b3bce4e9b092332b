// The temporary cluster itself: what it promises to every other test.
#include "support/process.hpp"
#include "support/temp_cluster.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <unistd.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;

TEST(temp_cluster, it_answers_statements_and_keeps_its_data_over_a_restart) {
    temp_cluster cluster;
    cluster.sql("postgres", "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
    cluster.stop(stop_mode::fast);
    EXPECT_FALSE(cluster.running());
    cluster.start();
    EXPECT_EQ(cluster.value("postgres", "SELECT n FROM kept"), "7");
}

TEST(temp_cluster, it_survives_a_killed_postmaster) {
    temp_cluster cluster;
    cluster.kill_postmaster();
    cluster.start();
    EXPECT_EQ(cluster.value("postgres", "SELECT 1"), "1");
    cluster.stop(stop_mode::immediate);
    cluster.start();
    EXPECT_EQ(cluster.value("postgres", "SELECT 2"), "2");
}

TEST(temp_cluster, roles_databases_settings_and_hba_lines_take_effect_at_once) {
    temp_cluster cluster;
    cluster.create_role("app", "secret");
    cluster.create_database("shop", "app");
    EXPECT_EQ(cluster.value("shop", "SELECT rolname FROM pg_roles WHERE rolname = 'app'"), "app");
    cluster.set("work_mem", "123kB");
    EXPECT_EQ(cluster.value("shop", "SHOW work_mem"), "123kB");
    cluster.set_hba({"local shop app reject"});
    EXPECT_EQ(cluster.value("postgres", "SELECT auth_method FROM pg_hba_file_rules "
                                        "WHERE user_name = '{app}'"),
              "reject");
}

TEST(temp_cluster, a_standby_follows_and_can_be_promoted) {
    temp_cluster primary;
    const auto standby = primary.make_standby();
    EXPECT_EQ(standby->value("postgres", "SELECT pg_is_in_recovery()"), "t");
    standby->promote();
    EXPECT_EQ(standby->value("postgres", "SELECT pg_is_in_recovery()"), "f");
}

TEST(temp_cluster, it_listens_with_tls_when_asked) {
    temp_cluster cluster({.tls = true, .tls_name = "db.test"});
    EXPECT_EQ(cluster.value("postgres", "SHOW ssl"), "on");
    EXPECT_EQ(cluster.value("postgres", "SHOW port"), std::to_string(cluster.port()));
}

TEST(temp_cluster, no_server_outlives_a_test_that_dies) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        temp_cluster cluster;
        const pid_t server = cluster.postmaster();
        const std::string home = cluster.socket_directory();
        [[maybe_unused]] auto n = write(pipe_ends[1], &server, sizeof server);
        [[maybe_unused]] auto m = write(pipe_ends[1], home.data(), home.size());
        kill(getpid(), SIGKILL);
    }
    close(pipe_ends[1]);
    pid_t server = 0;
    char home[256] = {};
    ASSERT_EQ(read(pipe_ends[0], &server, sizeof server), static_cast<ssize_t>(sizeof server));
    ASSERT_GT(read(pipe_ends[0], home, sizeof home - 1), 0);
    close(pipe_ends[0]);
    ASSERT_TRUE(wait_for(child, 30s));
    EXPECT_TRUE(eventually([&] { return !is_running(server); }));
    std::filesystem::remove_all(home); // which the dead test could not do
}
