// The configuration of a real headspaced: bad input at the start and on reload.
#include "support/daemon_process.hpp"
#include "support/temp_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr const char* nowhere = "[database]\nurl = \"postgresql://u@127.0.0.1:1/d\"\n";

process_outcome headspaced(std::vector<std::string> arguments,
                           std::map<std::string, std::string> environment = {}) {
    process_options how;
    how.without = {"DATABASE_*", "PG*", "HEADSPACE_*"};
    how.environment = std::move(environment);
    arguments.insert(arguments.begin(), program("headspaced").string());
    return run(arguments, how);
}

} // namespace

TEST(daemon_config, three_errors_in_one_file_are_three_lines_and_78) {
    temp_directory folder;
    const auto file = folder.path() / "headspaced.toml";
    write_file(file, "[database]\nprot = 5432\npool_size = \"many\"\n[log]\nlevel = \"loud\"\n");
    for (const char* option : {"--check-config", "--print-config"}) {
        const auto outcome = headspaced({"--config", file.string(), option});
        EXPECT_EQ(outcome.exit_status, 78);
        EXPECT_THAT(outcome.output, HasSubstr(file.string() + ":2:1: "));
        EXPECT_THAT(outcome.output, HasSubstr("did you mean"));
        EXPECT_THAT(outcome.output, HasSubstr(file.string() + ":3:"));
        EXPECT_THAT(outcome.output, HasSubstr(file.string() + ":5:"));
        EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 3);
    }
    EXPECT_EQ(headspaced({"--config", file.string()}).exit_status, 78);
}

TEST(daemon_config, a_broken_database_url_of_any_kind_is_78_and_never_echoed) {
    for (const char* url :
         {"sqlite:///app.db?key=c4nary", "mysql://u:c4nary@h/d", "postgresql://u:c4nary@x@h/d",
          "postgresql://u:c4nary/x@h/d", "postgresql://u:c4nary%@h/d",
          "postgresql://u:c4nary@::1/d", "postgresql://u:c4nary@h/d?sslmod=require",
          "postgresql://u:c4nary@h/d?sslmode=bogus", "postgresql://u:c4nary@h:99999/d",
          "host=h password= user=c4nary", "c4nary"}) {
        const auto outcome = headspaced({"--check-config"}, {{"DATABASE_URL", url}});
        EXPECT_EQ(outcome.exit_status, 78) << url;
        EXPECT_THAT(outcome.output, HasSubstr("DATABASE_URL"));
        EXPECT_THAT(outcome.output, Not(HasSubstr("c4nary"))) << url;
    }
}

TEST(daemon_config, a_named_file_that_is_missing_is_an_error) {
    const auto outcome = headspaced({"--config", "/nonexistent/headspaced.toml"});
    EXPECT_EQ(outcome.exit_status, 78);
    EXPECT_THAT(outcome.output, HasSubstr("/nonexistent/headspaced.toml"));
}

TEST(daemon_config, a_broken_reload_keeps_the_old_configuration_and_says_why) {
    daemon_process daemon({.config = nowhere});
    ASSERT_TRUE(daemon.wait_ready());
    daemon.write_config(std::string(nowhere) + "pool_size = 0\n");
    const answer refused = daemon.post("/v1/reload");
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.json().at("code").as_string(), "reload-refused");
    EXPECT_THAT(daemon.get("/v1/config").body,
                HasSubstr("\"database.pool_size\",\"value\":\"10\""));
    EXPECT_TRUE(eventually([&] { return daemon.status_line().starts_with("Reload failed"); }));

    daemon.write_config(std::string(nowhere) + "pool_size = 7\n");
    daemon.signal(SIGHUP);
    EXPECT_TRUE(eventually([&] {
        return daemon.get("/v1/config").body.find("\"database.pool_size\",\"value\":\"7\"") !=
               std::string::npos;
    }));
    EXPECT_TRUE(eventually([&] { return !daemon.status_line().starts_with("Reload failed"); }));
    int reloading = 0;
    for (const std::string& datagram : daemon.notifications()) {
        if (!datagram.starts_with("RELOADING=1"))
            continue;
        ++reloading;
        EXPECT_THAT(datagram, HasSubstr("\nMONOTONIC_USEC="));
    }
    EXPECT_EQ(reloading, 2);
}

TEST(daemon_config, a_new_password_in_the_file_takes_effect_on_reload) {
    temp_cluster cluster({.auth = "scram-sha-256", .tcp = true});
    cluster.create_role("app", std::string(canary));
    const std::string base =
        "[database]\nhost = \"127.0.0.1\"\nport = " + std::to_string(cluster.port()) +
        "\nname = \"postgres\"\nuser = \"app\"\n";
    daemon_process daemon({.config = base + "password = \"wrong\"\n"});
    ASSERT_TRUE(daemon.wait_ready());
    EXPECT_EQ(daemon.health().at("database").as_string(), "disconnected");
    daemon.write_config(base + "password = \"" + std::string(canary) + "\"\n");
    EXPECT_EQ(daemon.post("/v1/reload").status, 200);
    EXPECT_TRUE(daemon.wait_connected()) << daemon.log();
    EXPECT_THAT(daemon.get("/v1/config").body, Not(HasSubstr("wrong")));
}

TEST(daemon_config, everything_is_masked_in_print_config) {
    const auto outcome =
        headspaced({"--print-config"}, {{"DATABASE_URL", "postgres://u:c4nary@db.example.com/d"}});
    EXPECT_EQ(outcome.exit_status, 0);
    EXPECT_THAT(outcome.output, testing::StartsWith("postgresql://u:***@db.example.com:5432/d"));
    EXPECT_THAT(outcome.output, HasSubstr("DATABASE_URL"));
    EXPECT_THAT(outcome.output, Not(HasSubstr("c4nary")));
}
