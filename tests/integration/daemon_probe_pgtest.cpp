// headspaced --probe and headspacectl doctor against real servers: each fault is found at its own
// step, with the remedy.
#include "revisions/ledger_text.hpp"
#include "support/daemon_process.hpp"
#include "support/temp_cluster.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <unistd.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace json = boost::json;

namespace {

struct probed {
    int exit = -1;
    std::string output;
    json::value answer;

    /// The worst check of that name: "status: text -> remedy".
    [[nodiscard]] std::string check(const std::string& name) const {
        const std::vector<std::string> order{"ok", "skipped", "warn", "fail"};
        std::string worst = "no " + name + " in " + output;
        std::ptrdiff_t rank = -1;
        for (const json::value& one : answer.at("checks").as_array()) {
            if (one.at("name").as_string() != name)
                continue;
            const std::string status(one.at("status").as_string());
            const auto now = std::find(order.begin(), order.end(), status) - order.begin();
            if (now <= rank)
                continue;
            rank = now;
            const json::value* remedy = one.as_object().if_contains("remedy");
            worst = status + ": " + std::string(one.at("text").as_string()) +
                    (remedy == nullptr ? "" : " -> " + std::string(remedy->as_string()));
        }
        return worst;
    }
};

class daemon_probe : public ::testing::Test {
protected:
    /// headspaced --probe with this configuration.
    probed probe(const std::string& config, std::map<std::string, std::string> environment = {}) {
        const auto file = folder_.path() / "headspaced.toml";
        write_file(file, config);
        process_options options;
        options.environment = std::move(environment);
        options.directory = folder_.path();
        options.without = {"DATABASE_*", "PG*", "HEADSPACE_*"};
        const auto ran =
            run({program("headspaced").string(), "--probe", "--config", file.string()}, options);
        probed out{ran.exit_status, ran.output, {}};
        boost::system::error_code ec;
        out.answer = json::parse(ran.output, ec);
        EXPECT_FALSE(ec) << ran.output;
        EXPECT_THAT(ran.output, Not(HasSubstr(std::string(canary))));
        return out;
    }

    /// headspacectl doctor, with headspaced found in PATH.
    process_outcome doctor(std::vector<std::string> arguments, const std::string& user = {}) {
        process_options options;
        options.environment = {
            {"PATH", program("headspaced").parent_path().string() + ":/usr/bin:/bin"}};
        options.without = {"DATABASE_*", "PG*", "HEADSPACE_*", "PATH"};
        options.user = user;
        options.directory = folder_.path();
        arguments.insert(arguments.begin(), program("headspacectl").string());
        return run(arguments, options);
    }

    static std::string url(const temp_cluster& cluster, const std::string& user,
                           const std::string& database = "postgres",
                           const std::string& parameters = "") {
        return "[database]\nurl = \"postgresql://" + user +
               "@127.0.0.1:" + std::to_string(cluster.port()) + "/" + database + parameters +
               "\"\n";
    }

    temp_directory folder_{"hsp"};
};

/// A port of the loopback where nobody listens.
std::string closed_port() {
    return "1";
}

} // namespace

TEST_F(daemon_probe, a_database_that_is_well_passes_every_step) {
    temp_cluster cluster({.tcp = true});
    cluster.create_role("app", "", "LOGIN CREATEDB");
    cluster.create_database("shop", "app");
    const probed seen = probe(url(cluster, "app", "shop"));
    EXPECT_EQ(seen.exit, 0) << seen.output;
    EXPECT_EQ(seen.answer.at("status"), "ok");
    for (const char* name : {"configuration", "dns", "tcp", "tls", "authentication", "server",
                             "rights", "max_connections", "locks", "migrations", "clock"})
        EXPECT_THAT(seen.check(name), testing::StartsWith("ok: ")) << name;
}

TEST_F(daemon_probe, tls_is_named_with_its_version) {
    temp_cluster cluster({.tls = true});
    const probed seen = probe(url(cluster, "postgres", "postgres", "?sslmode=require"));
    EXPECT_THAT(seen.check("tls"), HasSubstr("ok: TLSv1."));
    EXPECT_THAT(seen.check("tls"), HasSubstr("certificate not verified"));
}

TEST_F(daemon_probe, a_wrong_password_is_found_at_authentication) {
    temp_cluster cluster({.auth = "scram-sha-256", .tcp = true});
    cluster.create_role("app", "the right one");
    const probed seen = probe(url(cluster, "app"), {{"DATABASE_PASSWORD", std::string(canary)}});
    EXPECT_EQ(seen.exit, 1);
    EXPECT_THAT(seen.check("tcp"), testing::StartsWith("ok: "));
    EXPECT_THAT(seen.check("authentication"),
                HasSubstr("fail: Password rejected for user \"app\""));
    EXPECT_THAT(seen.check("authentication"), HasSubstr("DATABASE_PASSWORD"));
    EXPECT_THAT(seen.check("rights"), testing::StartsWith("skipped: "));
}

TEST_F(daemon_probe, a_missing_database_is_found_with_the_command_that_makes_it) {
    temp_cluster cluster({.tcp = true});
    const probed seen = probe(url(cluster, "postgres", "shop"));
    EXPECT_EQ(seen.exit, 1);
    EXPECT_THAT(seen.check("authentication"), HasSubstr("createdb -O postgres shop"));
}

TEST_F(daemon_probe, a_missing_role_is_found_with_the_statement_that_makes_it) {
    temp_cluster cluster({.tcp = true});
    const std::string through_socket =
        "[database]\nurl = \"postgresql://nobody_here@/postgres?host=" +
        cluster.socket_directory() + "&port=" + std::to_string(cluster.port()) + "\"\n";
    for (const std::string& config : {url(cluster, "nobody_here"), through_socket}) {
        const probed seen = probe(config);
        EXPECT_EQ(seen.exit, 1);
        EXPECT_THAT(seen.check("authentication"), HasSubstr("CREATE ROLE \"nobody_here\" LOGIN"));
        EXPECT_THAT(seen.check("authentication"), Not(HasSubstr("sslmode")));
    }
}

TEST_F(daemon_probe, a_port_where_nobody_listens_is_found_at_tcp) {
    const probed seen =
        probe("[database]\nurl = \"postgresql://app@127.0.0.1:" + closed_port() + "/shop\"\n");
    EXPECT_EQ(seen.exit, 1);
    EXPECT_THAT(seen.check("tcp"), HasSubstr("fail: Connection refused"));
    EXPECT_THAT(seen.check("authentication"), testing::StartsWith("skipped: "));
}

TEST_F(daemon_probe, a_name_that_does_not_exist_is_found_at_dns) {
    const probed seen = probe("[database]\nurl = \"postgresql://app@no-such-host.invalid/shop\"\n");
    EXPECT_EQ(seen.exit, 1);
    EXPECT_THAT(seen.check("dns"), testing::StartsWith("fail: "));
    EXPECT_THAT(seen.check("dns"), HasSubstr("no-such-host.invalid"));
}

TEST_F(daemon_probe, a_server_without_tls_is_found_when_tls_is_demanded) {
    temp_cluster cluster({.tcp = true});
    const probed seen = probe(url(cluster, "postgres", "postgres", "?sslmode=require"));
    EXPECT_EQ(seen.exit, 1);
    EXPECT_THAT(seen.check("tcp"), testing::StartsWith("ok: "));
    EXPECT_THAT(seen.check("tls"), HasSubstr("fail: The server offers no TLS"));
    EXPECT_THAT(seen.check("tls"), HasSubstr("database.sslmode"));
}

TEST_F(daemon_probe, a_role_that_may_not_create_is_found_with_the_grant) {
    temp_cluster cluster({.tcp = true});
    cluster.create_role("app");
    cluster.create_database("shop");
    const probed seen = probe(url(cluster, "app", "shop"));
    EXPECT_EQ(seen.exit, 1);
    EXPECT_THAT(seen.check("authentication"), testing::StartsWith("ok: "));
    EXPECT_THAT(seen.check("rights"), HasSubstr("fail: "));
    EXPECT_THAT(seen.check("rights"), HasSubstr("GRANT CREATE ON DATABASE"));
}

TEST_F(daemon_probe, a_server_too_small_for_the_pool_is_found) {
    temp_cluster cluster({.tcp = true, .settings = {{"max_connections", "10"}}});
    const probed seen = probe(url(cluster, "postgres") + "pool_size = 50\n");
    EXPECT_EQ(seen.exit, 1);
    EXPECT_THAT(seen.check("max_connections"), HasSubstr("warn: database.pool_size 50"));
    EXPECT_THAT(seen.check("max_connections"), HasSubstr("ALTER SYSTEM SET max_connections"));
}

TEST_F(daemon_probe, a_long_transaction_and_whom_others_wait_for_are_named) {
    temp_cluster cluster({.tcp = true});
    cluster.sql("postgres", "CREATE TABLE t (id int)");
    const std::string psql = (postgres_bindir() / "psql").string();
    process_options options;
    options.environment = {{"PGAPPNAME", "the_holder"}};
    const pid_t holder = spawn({psql, "-Xq", "-c", "BEGIN", "-c", "LOCK TABLE t", "-c",
                                "SELECT pg_sleep(600)", cluster.tcp_url()},
                               options);
    options.environment = {{"PGAPPNAME", "the_waiter"}};
    ASSERT_TRUE(eventually([&] {
        return cluster.value("postgres", "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a "
                                         "USING (pid) WHERE a.application_name = 'the_holder' AND "
                                         "l.mode = 'AccessExclusiveLock' AND l.granted") == "1";
    }));
    const pid_t waiter = spawn({psql, "-Xq", "-c", "SELECT * FROM t", cluster.tcp_url()}, options);
    ASSERT_TRUE(eventually([&] {
        return cluster.value("postgres", "SELECT count(*) FROM pg_locks WHERE NOT granted") == "1";
    }));
    ASSERT_TRUE(eventually([&] {
        return cluster.value("postgres",
                             "SELECT clock_timestamp() - xact_start > interval '1 s' FROM "
                             "pg_stat_activity WHERE application_name = 'the_holder'") == "t";
    }));
    const probed seen = probe(url(cluster, "postgres") + "[health]\nlong_transaction = \"1s\"\n");
    EXPECT_EQ(seen.exit, 1);
    EXPECT_THAT(seen.output, HasSubstr("a transaction is open for"));
    EXPECT_THAT(seen.output, HasSubstr("others wait for a lock of"));
    EXPECT_THAT(seen.output, HasSubstr("the_holder"));
    EXPECT_THAT(seen.output, HasSubstr("pg_terminate_backend("));
    for (const pid_t one : {holder, waiter})
        ::kill(one, SIGKILL);
    for (const pid_t one : {holder, waiter})
        wait_for(one, 30s);
}

TEST_F(daemon_probe, who_holds_the_migration_lock_is_named) {
    temp_cluster cluster({.tcp = true});
    // The two keys of the ledger's lock, as pg_locks shows them while a run holds it.
    process_options options;
    options.environment = {{"PGAPPNAME", "another_headspaced"}};
    const pid_t holder =
        spawn({(postgres_bindir() / "psql").string(), "-Xq", "-c",
               "SELECT pg_advisory_lock(" + std::to_string(revisions::ledger_lock_space) + ", " +
                   std::to_string(revisions::ledger_lock_key()) + "), pg_sleep(600)",
               cluster.tcp_url()},
              options);
    ASSERT_TRUE(eventually([&] {
        return cluster.value("postgres", "SELECT count(*) FROM pg_locks WHERE locktype = "
                                         "'advisory' AND granted") == "1";
    }));
    const probed seen = probe(url(cluster, "postgres"));
    EXPECT_EQ(seen.exit, 1);
    EXPECT_THAT(seen.check("locks"), HasSubstr("another_headspaced"));
    EXPECT_THAT(seen.check("locks"), HasSubstr("holds the migration lock"));
    ::kill(holder, SIGKILL);
    wait_for(holder, 30s);
}

TEST_F(daemon_probe, a_configuration_with_mistakes_exits_78_and_names_them) {
    const probed seen = probe("[database]\nprot = 5432\n");
    EXPECT_EQ(seen.exit, 78);
    EXPECT_THAT(seen.check("configuration"), HasSubstr("headspaced.toml:2:1"));
}

TEST_F(daemon_probe, the_embedded_server_is_not_started) {
    const probed seen = probe("[embedded]\nenabled = true\ndata_directory = \"" +
                              (folder_.path() / "data").string() + "\"\n");
    EXPECT_EQ(seen.exit, 0) << seen.output;
    EXPECT_THAT(seen.check("database"), HasSubstr("skipped: the embedded PostgreSQL"));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "data"));
}

TEST_F(daemon_probe, doctor_asks_the_daemon_that_runs) {
    temp_cluster cluster({.tcp = true});
    daemon_process daemon({.config = url(cluster, "postgres")});
    ASSERT_TRUE(daemon.wait_connected());
    const auto seen = daemon.ctl({"doctor"});
    EXPECT_THAT(seen.output, HasSubstr("headspaced "));
    EXPECT_THAT(seen.output, HasSubstr("authentication"));
    EXPECT_THAT(seen.output, HasSubstr(daemon.socket().string()));
    const auto body = json::parse(daemon.ctl({"doctor", "--json"}).output);
    EXPECT_TRUE(body.at("checks").as_array().size() > 8);
}

TEST_F(daemon_probe, doctor_works_without_the_daemon) {
    temp_cluster cluster({.tcp = true});
    const auto file = folder_.path() / "headspaced.toml";
    write_file(file, url(cluster, "postgres") + "[admin]\nsocket = \"" +
                         (folder_.path() / "no.sock").string() + "\"\n");
    const auto seen = doctor({"--config", file.string(), "doctor"});
    EXPECT_EQ(seen.exit_status, 1);
    EXPECT_THAT(seen.output, HasSubstr("no daemon: there is no"));
    EXPECT_THAT(seen.output, HasSubstr("authentication"));
    EXPECT_THAT(seen.output, HasSubstr("as postgres to postgres"));
}

TEST_F(daemon_probe, doctor_reports_a_broken_configuration_line_by_line) {
    const auto file = folder_.path() / "headspaced.toml";
    write_file(file, "[database]\nprot = 5432\n");
    const auto seen = doctor({"--config", file.string(), "doctor"});
    EXPECT_EQ(seen.exit_status, 1);
    EXPECT_THAT(seen.output, HasSubstr("headspaced.toml:2:1"));
}

TEST_F(daemon_probe, doctor_names_the_group_of_a_socket_that_may_not_be_opened) {
    if (::geteuid() != 0) {
        // An ordinary user owns its own socket: a folder that nobody may enter stands for it.
        const auto closed = folder_.path() / "closed";
        std::filesystem::create_directory(closed);
        std::filesystem::permissions(closed, std::filesystem::perms::none);
        const auto seen = doctor({"--socket", (closed / "admin.sock").string(), "doctor"});
        std::filesystem::permissions(closed, std::filesystem::perms::owner_all);
        EXPECT_EQ(seen.exit_status, 1);
        EXPECT_THAT(seen.output, HasSubstr("group "));
        return;
    }
    temp_cluster cluster({.tcp = true});
    daemon_process daemon({.config = url(cluster, "postgres")});
    ASSERT_TRUE(daemon.wait_connected());
    std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
    const auto seen = doctor({"--socket", daemon.socket().string(), "doctor"}, "nobody");
    EXPECT_EQ(seen.exit_status, 1);
    EXPECT_THAT(seen.output, HasSubstr("no permission on the daemon's socket"));
    EXPECT_THAT(seen.output, HasSubstr("group "));
}
