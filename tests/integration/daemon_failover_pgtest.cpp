// Several hosts: a primary and its streaming standby, a promotion, and an old primary that comes
// back as if nothing had happened.
#include "daemon_migrating.hpp"

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

std::string place_of(const temp_cluster& server) {
    return "127.0.0.1:" + std::to_string(server.port());
}

class daemon_failover : public testing::Test {
protected:
    daemon_failover() {
        primary.create_role("app"); // timelines are no superuser's secret
        primary.sql(
            "postgres",
            "GRANT CREATE ON DATABASE postgres TO app; GRANT CREATE ON SCHEMA public TO app");
        standby = primary.make_standby();
        std::filesystem::create_directories(home.path() / "migrations" / "versions");
    }

    /// Revisions "1" to `count`: each makes the table tN.
    void revisions(int count) const {
        for (int i = 1; i <= count; ++i) {
            const std::string n = std::to_string(i);
            write_file(home.path() / "migrations" / "versions" / (n + "_r.sql"),
                       "-- migrate:up\nCREATE TABLE t" + n + " (x int);\n");
        }
    }
    /// The old primary is the first of the list, as it always was.
    [[nodiscard]] std::string config() const {
        return "[database]\nurl = \"postgresql://app@" + place_of(primary) + "," +
               place_of(*standby) +
               "/postgres\"\n[reconnect]\nmax = \"1s\"\n[migrations]\ndirectory = \"" +
               (home.path() / "migrations").string() + "\"\n";
    }
    static std::string tables(const temp_cluster& server) {
        return server.value("postgres",
                            "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') "
                            "FROM pg_class WHERE relname ~ '^t[0-9]$'");
    }
    void wait_for_replay(const std::string& what) const {
        ASSERT_TRUE(eventually([&] { return tables(*standby) == what; }, 60s)) << tables(*standby);
    }
    [[nodiscard]] std::string file() const {
        return (home.path() / "state" / "headspace" / "timelines").string();
    }
    [[nodiscard]] std::string kept() const {
        return std::filesystem::exists(file()) ? read_file(file()) : std::string();
    }
    static std::uint64_t failed_connects(daemon_process& daemon) {
        return daemon.get("/v1/pool").json().at("connects_failed").to_number<std::uint64_t>();
    }
    static std::string error_of(daemon_process& daemon) {
        const auto health = daemon.health();
        const auto* text = health.as_object().if_contains("database_error");
        return text != nullptr ? std::string(text->as_string()) : std::string();
    }
    /// A failover: the primary dies, the standby takes its place.
    void fail_over(daemon_process& daemon) {
        primary.kill_postmaster();
        ASSERT_TRUE(eventually([&] { return !error_of(daemon).empty(); }, 60s));
        standby->promote();
        ASSERT_TRUE(daemon.wait_connected());
    }

    temp_cluster primary{{.tcp = true}};
    std::unique_ptr<temp_cluster> standby;
    temp_directory home{"hsf"};
};

} // namespace

TEST_F(daemon_failover, writes_resume_on_the_new_primary_within_one_backoff_step) {
    revisions(1);
    daemon_process daemon({.config = config()});
    ASSERT_TRUE(daemon.wait_connected());
    ASSERT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 0);
    wait_for_replay("t1");
    EXPECT_THAT(daemon.get("/v1/config").body,
                HasSubstr("\"database.target_session_attrs\",\"value\":\"read-write\""))
        << "the default of several hosts";

    primary.kill_postmaster();
    ASSERT_TRUE(eventually(
        [&] { return error_of(daemon).find("The server is a standby") != std::string::npos; }, 60s))
        << error_of(daemon);
    EXPECT_THAT(error_of(daemon), HasSubstr(place_of(*standby)));
    EXPECT_EQ(daemon.get("/readyz").status, 503);
    revisions(2);
    const auto refused = daemon.ctl({"db", "upgrade"});
    EXPECT_EQ(refused.exit_status, 3) << refused.output;
    EXPECT_THAT(refused.output, HasSubstr("standby"));

    standby->promote(); // it takes writes now
    const std::uint64_t before = failed_connects(daemon);
    ASSERT_TRUE(daemon.wait_connected());
    EXPECT_LE(failed_connects(daemon), before + 1) << "one attempt may have been under way";
    EXPECT_EQ(daemon.get("/health/db").json().at("role").as_string(), "primary");
    const auto upgrade = daemon.ctl({"db", "upgrade"});
    EXPECT_EQ(upgrade.exit_status, 0) << upgrade.output;
    EXPECT_EQ(tables(*standby), "t1 t2");
    EXPECT_EQ(daemon.log_lines_with("recovered after"), 1U);
}

TEST_F(daemon_failover, an_old_primary_that_comes_back_is_refused_and_named) {
    revisions(1);
    daemon_process daemon({.config = config()});
    ASSERT_TRUE(daemon.wait_connected());
    ASSERT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 0);
    wait_for_replay("t1");
    fail_over(daemon);

    primary.start(); // and accepts writes, on the timeline of yesterday
    EXPECT_EQ(primary.value("postgres", "SELECT pg_is_in_recovery()"), "f");
    ASSERT_EQ(daemon.post("/v1/pool/reconnect").status,
              200); // the old one is the first of the list
    ASSERT_TRUE(eventually([&] { return daemon.log_lines_with("stale primary") > 0; }, 60s));
    ASSERT_TRUE(daemon.wait_connected());
    EXPECT_THAT(daemon.complaints(),
                Contains(AllOf(HasSubstr(place_of(primary) + " is a stale primary and is not used"),
                               HasSubstr("timeline 1"), HasSubstr("timeline 2"))));
    const auto stale = daemon.health().at("stale_primaries").as_array();
    ASSERT_EQ(stale.size(), 1U);
    EXPECT_EQ(stale[0].at("host").as_string(), place_of(primary));
    EXPECT_THAT(daemon.ctl({"health"}).output,
                HasSubstr(place_of(primary) + " is a stale primary"));
    EXPECT_THAT(daemon.ctl({"status"}).output,
                HasSubstr(place_of(primary) + " is a stale primary"));

    revisions(2);
    EXPECT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(tables(*standby), "t1 t2");
    EXPECT_EQ(tables(primary), "t1") << "not a write went to the old one";
    EXPECT_TRUE(eventually([&] { return primary.backends("headspaced").empty(); }));
    for (int i = 0; i < 3; ++i) {
        daemon.post("/v1/pool/reconnect");
        ASSERT_TRUE(daemon.wait_connected());
    }
    EXPECT_EQ(daemon.log_lines_with("is a stale primary and is not used"), 1U) << "said once";

    standby->stop(stop_mode::immediate);
    ASSERT_TRUE(eventually(
        [&] { return error_of(daemon).find("stale primary") != std::string::npos; }, 60s))
        << error_of(daemon);
    EXPECT_EQ(daemon.get("/health/db").status, 503);
    revisions(3);
    EXPECT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 6);
    EXPECT_EQ(tables(primary), "t1");
    standby->start();
    EXPECT_TRUE(daemon.wait_connected()) << daemon.log();
}

TEST_F(daemon_failover, a_daemon_that_starts_afterwards_looks_at_every_host_before_it_trusts_one) {
    {
        daemon_process daemon({.config = config()});
        ASSERT_TRUE(daemon.wait_connected());
        fail_over(daemon);
    }
    primary.start();
    revisions(1);
    daemon_process daemon({.config = config()});
    ASSERT_TRUE(daemon.wait_connected());
    EXPECT_THAT(daemon.complaints(),
                Contains(HasSubstr(place_of(primary) + " is a stale primary")));
    EXPECT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(tables(*standby), "t1");
    EXPECT_EQ(tables(primary), "");
}

TEST_F(daemon_failover, an_old_primary_is_refused_after_a_crash_although_the_new_one_is_away) {
    const daemon_options how{.config = config(), .folder = home.path()};
    {
        daemon_process daemon(how);
        ASSERT_TRUE(daemon.wait_connected());
        fail_over(daemon);
        ASSERT_TRUE(eventually([&] { return kept().ends_with(" 2\n"); })) << kept();
        daemon.signal(SIGKILL);
        ASSERT_TRUE(daemon.wait_exit());
    }
    standby->stop();
    primary.start(); // alone, and accepts writes
    revisions(1);
    daemon_process daemon(how);
    ASSERT_TRUE(daemon.wait_ready());
    ASSERT_TRUE(eventually(
        [&] { return error_of(daemon).find("stale primary") != std::string::npos; }, 60s))
        << daemon.log();
    EXPECT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 6);
    EXPECT_EQ(tables(primary), "");
    EXPECT_THAT(error_of(daemon), HasSubstr("remove " + file() + " and restart headspaced"));

    // The way out, when there is no other: the error says it, and it works.
    ASSERT_TRUE(std::filesystem::remove(file()));
    daemon.signal(SIGTERM);
    ASSERT_EQ(daemon.wait_exit(), 0);
    daemon.start();
    ASSERT_TRUE(daemon.wait_connected()) << daemon.log();
    EXPECT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(tables(primary), "t1");
    EXPECT_TRUE(eventually([&] { return kept().ends_with(" 1\n"); })) << kept();
}

TEST_F(daemon_failover, an_old_primary_that_was_rebuilt_as_a_standby_is_named_no_longer) {
    daemon_process daemon({.config = config()});
    ASSERT_TRUE(daemon.wait_connected());
    fail_over(daemon);
    primary.start();
    ASSERT_EQ(daemon.post("/v1/pool/reconnect").status, 200);
    ASSERT_TRUE(eventually([&] { return daemon.log_lines_with("stale primary") > 0; }, 60s));
    primary.stop();
    // What a rebuilt one looks like from outside: it is in recovery.
    write_file(primary.data_directory() / "standby.signal", "");
    primary.start();
    ASSERT_EQ(primary.value("postgres", "SELECT pg_is_in_recovery()"), "t");
    daemon.post("/v1/pool/reconnect");
    EXPECT_TRUE(eventually(
        [&] { return daemon.health().as_object().if_contains("stale_primaries") == nullptr; },
        60s));
    EXPECT_EQ(daemon.log_lines_with("was a stale primary and is a standby now"), 1U);
}

TEST_F(daemon_failover, when_only_standbys_answer_it_is_unavailable_and_says_so) {
    const auto second = primary.make_standby();
    revisions(1);
    daemon_process daemon({.config = "[database]\nurl = \"postgresql://app@" + place_of(*standby) +
                                     "," + place_of(*second) +
                                     "/postgres\"\n[reconnect]\nmax = \"1s\"\n[migrations]\n"
                                     "directory = \"" +
                                     (home.path() / "migrations").string() + "\"\n"});
    ASSERT_TRUE(daemon.wait_ready());
    ASSERT_TRUE(eventually([&] { return error_of(daemon).find("25006") != std::string::npos; }));
    EXPECT_THAT(error_of(daemon),
                AllOf(HasSubstr(place_of(*standby) + ": The server is a standby"),
                      HasSubstr(place_of(*second) + ": The server is a standby")));
    EXPECT_EQ(daemon.health().at("checks").at("database").as_string(), "unavailable");
    EXPECT_EQ(daemon.get("/health/db").status, 503);
    EXPECT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 3);
    EXPECT_EQ(tables(primary), "");
    second->promote();
    ASSERT_TRUE(daemon.wait_connected()) << "although nobody did anything to headspaced";
    EXPECT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(tables(*second), "t1");
}
