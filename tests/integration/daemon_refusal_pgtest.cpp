// Faults that only a person can mend: said once with what to do, probed slowly, and healed when the
// person has acted.
#include "support/daemon_process.hpp"
#include "support/temp_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

constexpr const char* quick = "\n[reconnect]\nmax = \"500ms\"\noperator = \"500ms\"\n";

std::string tcp(const temp_cluster& cluster, const std::string& user, const std::string& database) {
    return "[database]\nurl = \"postgresql://" + user +
           "@127.0.0.1:" + std::to_string(cluster.port()) + "/" + database + "\"\n";
}

std::string database_error(daemon_process& daemon) {
    const auto health = daemon.health();
    const auto* found = health.as_object().if_contains("database_error");
    return found == nullptr ? "" : std::string(found->as_string());
}

} // namespace

TEST(daemon_refusal, a_wrong_password_is_named_with_its_source_and_tried_slowly) {
    temp_cluster cluster({.auth = "scram-sha-256", .tcp = true});
    cluster.create_role("app", "the right one");
    daemon_process daemon({.config = tcp(cluster, "app", "postgres"),
                           .environment = {{"DATABASE_PASSWORD", std::string(canary)}}});
    ASSERT_TRUE(daemon.wait_ready());
    EXPECT_THAT(database_error(daemon), HasSubstr("28P01"));
    EXPECT_THAT(database_error(daemon), HasSubstr("DATABASE_PASSWORD"));
    EXPECT_THAT(database_error(daemon), HasSubstr("app"));
    EXPECT_EQ(daemon.log_lines_with("Database connection failed"), 1U) << daemon.log();
    cluster.sql("postgres", "ALTER ROLE app PASSWORD '" + std::string(canary) + "'");
    daemon.post("/v1/pool/reconnect");
    EXPECT_TRUE(daemon.wait_connected());
}

TEST(daemon_refusal, a_rotated_password_is_read_again_without_a_restart) {
    temp_cluster cluster({.auth = "scram-sha-256", .tcp = true});
    cluster.create_role("app", "first-password");
    temp_directory secrets;
    const auto file = secrets.path() / "password";
    write_file(file, "first-password\n");
    daemon_process daemon({.config = tcp(cluster, "app", "postgres") + "password_file = \"" +
                                     file.string() + "\"\n" + quick});
    ASSERT_TRUE(daemon.wait_connected());
    cluster.sql("postgres", "ALTER ROLE app PASSWORD '" + std::string(canary) + "'");
    write_file(file, std::string(canary) + "\n");
    daemon.post("/v1/pool/recycle");
    for (int i = 0; i < 20; ++i) {
        const answer now = daemon.get("/health/db");
        EXPECT_EQ(now.status, 200) << now.body;
    }
    EXPECT_EQ(daemon.log_lines_with("Database connection failed"), 0U) << daemon.log();
}

TEST(daemon_refusal, a_missing_database_comes_with_the_command_that_makes_it) {
    temp_cluster cluster({.tcp = true});
    daemon_process daemon({.config = tcp(cluster, "postgres", "shop") + quick});
    ASSERT_TRUE(daemon.wait_ready());
    EXPECT_THAT(database_error(daemon), HasSubstr("3D000"));
    EXPECT_THAT(database_error(daemon), HasSubstr("createdb"));
    cluster.create_database("shop");
    EXPECT_TRUE(daemon.wait_connected());
}

TEST(daemon_refusal, a_missing_pg_hba_entry_is_explained) {
    temp_cluster cluster({.auth = "reject", .tcp = true});
    cluster.create_role("app");
    cluster.set_hba({"host all nobody 127.0.0.1/32 trust"});
    daemon_process daemon({.config = tcp(cluster, "app", "postgres") + quick});
    ASSERT_TRUE(daemon.wait_ready());
    EXPECT_THAT(database_error(daemon), HasSubstr("28000"));
    EXPECT_THAT(database_error(daemon), HasSubstr("pg_hba.conf"));
    cluster.set_hba({"host all all 127.0.0.1/32 trust"});
    EXPECT_TRUE(daemon.wait_connected());
}

TEST(daemon_refusal, a_full_server_is_waited_for_and_the_pool_works_with_what_it_has) {
    temp_cluster cluster({.tcp = true});
    cluster.create_role("app", {}, "LOGIN CONNECTION LIMIT 2");
    daemon_process daemon(
        {.config = tcp(cluster, "app", "postgres") + "pool_size = 6\npool_min_idle = 6\n" + quick});
    ASSERT_TRUE(daemon.wait_connected());
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").size() == 2; }));
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(daemon.get("/health/db").status, 200);
    EXPECT_EQ(daemon.health().at("status").as_string(), "healthy");
    cluster.sql("postgres", "ALTER ROLE app CONNECTION LIMIT -1");
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").size() == 6; }, 30s))
        << daemon.log();
}

TEST(daemon_refusal, tls_that_is_required_and_not_offered_names_the_key_to_set) {
    temp_cluster cluster({.tcp = true});
    daemon_process daemon(
        {.config = tcp(cluster, "postgres", "postgres") + "sslmode = \"require\"\n" + quick});
    ASSERT_TRUE(daemon.wait_ready());
    EXPECT_THAT(database_error(daemon), HasSubstr("sslmode"));
    EXPECT_EQ(daemon.get("/livez").status, 200);
}

TEST(daemon_refusal, a_standby_is_not_used_as_a_writer_and_says_so) {
    temp_cluster cluster({.tcp = true});
    const auto standby = cluster.make_standby();
    daemon_process daemon({.config = tcp(*standby, "postgres", "postgres") +
                                     "target_session_attrs = \"read-write\"\n" + quick});
    ASSERT_TRUE(daemon.wait_ready());
    EXPECT_THAT(database_error(daemon),
                testing::AnyOf(HasSubstr("standby"), HasSubstr("read-only")));
    standby->promote();
    EXPECT_TRUE(daemon.wait_connected());
}
