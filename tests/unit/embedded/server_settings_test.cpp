#include "embedded/server_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::embedded;
using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

TEST(server_settings, a_socket_path_may_have_107_bytes) {
    const std::string file = "/.s.PGSQL.5432";
    EXPECT_TRUE(fits_socket(std::string(107 - file.size(), 'x'), 5432));
    EXPECT_FALSE(fits_socket(std::string(108 - file.size(), 'x'), 5432));
}

TEST(server_settings, the_server_listens_on_its_socket_only) {
    server_plan plan;
    plan.data_directory = "/data";
    plan.socket_directory = "/run/a \"b\"";
    const auto arguments = server_arguments(plan);
    EXPECT_THAT(arguments, Contains("listen_addresses="));
    EXPECT_THAT(arguments, Contains("unix_socket_directories=\"/run/a \"\"b\"\"\""));
    EXPECT_THAT(arguments, Contains("unix_socket_permissions=0700"));
}

TEST(server_settings, no_statement_reaches_the_log) {
    const auto arguments = server_arguments({});
    EXPECT_THAT(arguments, Contains("log_min_error_statement=panic"));
    EXPECT_THAT(arguments, Contains("log_statement=none"));
}

TEST(server_settings, only_an_ephemeral_cluster_gives_up_durability) {
    server_plan plan;
    EXPECT_THAT(server_arguments(plan), Not(Contains("fsync=off")));
    plan.ephemeral = true;
    EXPECT_THAT(server_arguments(plan), Contains("fsync=off"));
}

TEST(server_settings, a_server_that_does_not_know_syncfs_is_not_asked_for_it) {
    server_plan plan;
    plan.major = 13;
    EXPECT_THAT(server_arguments(plan), Not(Contains("recovery_init_sync_method=syncfs")));
    plan.major = 14;
    EXPECT_THAT(server_arguments(plan), Contains("recovery_init_sync_method=syncfs"));
}

TEST(server_settings, the_owner_the_servers_user_and_root_may_be_the_superuser) {
    const std::string map = ident_file("ann", "postgres");
    EXPECT_THAT(map, HasSubstr("headspace \"ann\" \"ann\"\n"));
    EXPECT_THAT(map, HasSubstr("headspace \"postgres\" \"ann\"\n"));
    EXPECT_THAT(map, HasSubstr("headspace \"root\" \"ann\"\n"));
    EXPECT_THAT(hba_file(), Not(HasSubstr("trust")));
}

TEST(server_settings, the_psql_line_survives_a_shell_and_a_connection_string) {
    EXPECT_EQ(psql_line("/run/headspace/postgres", "app"),
              "psql \"host=/run/headspace/postgres dbname=app\"");
    EXPECT_EQ(psql_line("/tmp/a b", "o'k"), "psql \"host='/tmp/a b' dbname='o\\\\'k'\"");
    EXPECT_EQ(psql_line("/tmp/$x", "app"), "psql \"host='/tmp/\\$x' dbname=app\"");
}

TEST(server_settings, readiness_is_read_from_the_file_of_our_own_server_only) {
    const std::string head = "77\n/data\n1790000000\n5432\n/run\n\n 5 6\n";
    EXPECT_TRUE(says_ready(head + "ready   \n", 77));
    EXPECT_TRUE(says_ready(head + "standby \n", 77));
    EXPECT_FALSE(says_ready(head + "starting\n", 77));
    EXPECT_FALSE(says_ready(head + "ready   \n", 78));
    EXPECT_FALSE(says_ready("77\n", 77));
    EXPECT_FALSE(says_ready("", 77));
}

TEST(server_settings, readiness_is_a_line_of_a_notify_datagram) {
    EXPECT_TRUE(is_ready_message("READY=1"));
    EXPECT_TRUE(is_ready_message("STATUS=up\nREADY=1\n"));
    EXPECT_FALSE(is_ready_message("STATUS=READY=1"));
    EXPECT_FALSE(is_ready_message("STOPPING=1"));
}

namespace {

config::reconnect_settings delays_of_a_second() {
    config::reconnect_settings settings;
    settings.initial = 100ms;
    settings.max = 1s;
    settings.stable_after = 10s;
    settings.operator_interval = 30s;
    return settings;
}

} // namespace

TEST(restart_delays, failures_in_a_row_wait_longer_and_longer_up_to_the_maximum) {
    restart_delays delays(delays_of_a_second());
    const time_point start{};
    EXPECT_EQ(delays.after_failure(start, error_class::retry, 0), 50ms);
    EXPECT_EQ(delays.after_failure(start, error_class::retry, 0), 100ms);
    for (int n = 0; n < 10; ++n)
        delays.after_failure(start, error_class::retry, 0);
    EXPECT_EQ(delays.after_failure(start, error_class::retry, 0), 500ms);
}

TEST(restart_delays, a_crash_after_long_service_starts_again_at_the_shortest_delay) {
    restart_delays delays(delays_of_a_second());
    time_point now{};
    for (int n = 0; n < 5; ++n)
        delays.after_failure(now, error_class::retry, 0);
    delays.server_is_ready(now);
    now += 9s;
    EXPECT_EQ(delays.after_failure(now, error_class::retry, 0), 500ms);
    delays.server_is_ready(now);
    now += 10s;
    EXPECT_EQ(delays.after_failure(now, error_class::retry, 0), 50ms);
}

TEST(restart_delays, what_only_a_person_can_heal_is_tried_slowly) {
    restart_delays delays(delays_of_a_second());
    EXPECT_EQ(delays.after_failure({}, error_class::unavailable, 0.5), 30s);
    EXPECT_EQ(delays.after_failure({}, error_class::retry, 0), 50ms);
}

TEST(waits_until, without_a_deadline_both_ways_to_stop_have_what_they_want) {
    const stop_waits waits = waits_until({10s, 5s}, time_point(100s), time_point::max());
    EXPECT_EQ(waits.fast, 10s);
    EXPECT_EQ(waits.immediate, 5s);
}

TEST(waits_until, a_deadline_cuts_the_fast_shutdown_and_leaves_a_quarter_for_the_immediate_one) {
    const stop_waits waits = waits_until({10s, 5s}, time_point(100s), time_point(104s));
    EXPECT_EQ(waits.fast, 3s);
    EXPECT_EQ(waits.immediate, 1s);
}

TEST(waits_until, the_fast_shutdown_gets_what_the_immediate_one_does_not_want_and_the_reverse) {
    const stop_waits short_immediate = waits_until({10s, 1s}, time_point(100s), time_point(108s));
    EXPECT_EQ(short_immediate.fast, 7s);
    EXPECT_EQ(short_immediate.immediate, 1s);
    const stop_waits short_fast = waits_until({1s, 5s}, time_point(100s), time_point(104s));
    EXPECT_EQ(short_fast.fast, 1s);
    EXPECT_EQ(short_fast.immediate, 3s);
}

TEST(waits_until, nothing_waits_after_the_deadline) {
    const stop_waits waits = waits_until({10s, 5s}, time_point(100s), time_point(99s));
    EXPECT_EQ(waits.fast, 0s);
    EXPECT_EQ(waits.immediate, 0s);
}
