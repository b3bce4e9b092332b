// Each command's exit code, output and request.
#include "scripted_daemon.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::ctl::testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

const std::string healthy =
    R"({"status":"healthy","version":"0.1.0","timestamp":"2026-11-21T10:00:00.123Z",
    "since":"2026-11-21T09:00:00.456Z","database":"connected",
    "checks":{"database":"ok","pool":"ok","migrations":"current"}})";
const std::string degraded =
    R"({"status":"degraded","version":"0.1.0","timestamp":"2026-11-21T10:00:00.123Z",
    "since":"2026-11-21T09:00:00.456Z","database":"disconnected",
    "database_error":"Connection refused (localhost:5432, 08001): is PostgreSQL running there?",
    "checks":{"database":"unavailable","pool":"unavailable","migrations":"unknown"}})";

scripted_answer problem(int status, const std::string& code, const std::string& more = {}) {
    return {status,
            R"({"type":"urn:headspace:problem:)" + code + R"(","status":)" +
                std::to_string(status) + R"(,"detail":"the detail","hint":"the hint","code":")" +
                code + "\"" + more + "}",
            "application/problem+json",
            {}};
}

scripted_answer unreachable() {
    return {0, {}, {}, errc::daemon_unreachable};
}

} // namespace

TEST(usage, wrong_command_lines_exit_2_and_say_what_is_wrong) {
    using words = std::vector<std::string>;
    for (const words& line :
         {words{}, words{"nonsense"}, words{"--bogus", "ping"}, words{"ping", "extra"},
          words{"health", "dbx"}, words{"health", "--watch=x"}, words{"health", "--watch=0"},
          words{"wait"}, words{"wait", "--for", "godot"}, words{"pool", "explode"},
          words{"log-level"}, words{"log-level", "loud"}, words{"db"}, words{"db", "nonsense"},
          words{"ping", "--timeout", "soon"}, words{"ping", "--timeout=-1"},
          words{"ping", "--socket"}}) {
        invocation call;
        call.run(line);
        EXPECT_EQ(call.exit, 2) << ::testing::PrintToString(line);
        EXPECT_EQ(call.out, "");
        EXPECT_THAT(call.err, StartsWith("headspacectl: ")) << ::testing::PrintToString(line);
        EXPECT_TRUE(call.asked.empty());
    }
}

TEST(usage, a_misspelt_command_is_recognised) {
    invocation call;
    EXPECT_THAT(call.run({"statsu"}).err, HasSubstr("did you mean \"status\"?"));
}

TEST(usage, help_and_version_exit_0) {
    invocation call;
    EXPECT_EQ(call.run({"--help"}).exit, 0);
    EXPECT_THAT(call.out, HasSubstr("Exit codes:"));
    EXPECT_EQ(call.run({"health", "--help"}).exit, 0);
    EXPECT_EQ(call.run({"--version"}).exit, 0);
    EXPECT_THAT(call.out, StartsWith("headspacectl "));
}

TEST(usage, global_options_may_stand_before_and_behind_the_command) {
    for (const std::vector<std::string>& line :
         {std::vector<std::string>{"--json", "--timeout", "3", "health"},
          std::vector<std::string>{"health", "--timeout=3s", "--json"}}) {
        invocation call;
        call.answers["GET /health"] = {{200, healthy}};
        call.run(line);
        EXPECT_EQ(boost::json::parse(call.out), boost::json::parse(healthy));
        ASSERT_EQ(call.asked.size(), 1U);
        EXPECT_EQ(call.asked[0].timeout, std::chrono::seconds(3));
    }
}

TEST(ping, any_answer_is_life) {
    for (const int status : {200, 503}) {
        invocation call;
        call.answers["GET /livez"] = {{status, "x", "text/plain"}};
        EXPECT_EQ(call.run({"ping"}).exit, 0) << status;
    }
}

TEST(ping, no_answer_is_7) {
    invocation call;
    call.answers["GET /livez"] = {unreachable()};
    EXPECT_EQ(call.run({"ping"}).exit, 7);
    EXPECT_EQ(call.out, "");
    EXPECT_EQ(call.err, "headspacectl: scripted failure\n  do this\n");
}

TEST(ping, no_permission_on_the_socket_is_7) {
    invocation call;
    call.answers["GET /livez"] = {{0, {}, {}, errc::socket_permission}};
    EXPECT_EQ(call.run({"ping"}).exit, 7);
}

TEST(health, healthy_is_0_and_degraded_is_1) {
    invocation call;
    call.answers["GET /health"] = {{200, healthy}, {200, degraded}};
    EXPECT_EQ(call.run({"health"}).exit, 0);
    EXPECT_EQ(call.run({"health"}).exit, 1);
    EXPECT_THAT(call.out, HasSubstr("is PostgreSQL running there?"));
    EXPECT_EQ(call.err, "");
}

TEST(health, of_the_database_asks_it_now) {
    invocation call;
    call.answers["GET /health/db"] = {
        {200,
         R"({"database":"connected","latency_ms":0.8,"server_version":"15.14","role":"primary"})"},
        {503,
         R"({"database":"disconnected","latency_ms":null,"database_error":"Connection refused"})"}};
    EXPECT_EQ(call.run({"health", "db"}).exit, 0);
    EXPECT_THAT(call.out, HasSubstr("0.80 ms"));
    EXPECT_EQ(call.run({"health", "db"}).exit, 1);
    EXPECT_THAT(call.out, HasSubstr("Connection refused"));
}

TEST(health, a_daemon_that_takes_no_more_connections_is_not_a_degraded_database) {
    invocation call;
    call.answers["GET /health/db"] = {problem(503, "too-many-connections")};
    EXPECT_EQ(call.run({"health", "db"}).exit, 7);
}

TEST(health, watch_looks_again_and_survives_a_restart_of_the_daemon) {
    invocation call;
    call.answers["GET /health"] = {{200, healthy}, unreachable(), {200, degraded}};
    call.pauses = 2;
    EXPECT_EQ(call.run({"health", "--watch=3", "--json"}).exit, 1);
    EXPECT_EQ(call.asked.size(), 3U);
    EXPECT_EQ(call.waited, std::chrono::seconds(9));
    EXPECT_EQ(std::count(call.out.begin(), call.out.end(), '\n'), 2) << "one line of JSON a look";
    EXPECT_THAT(call.err, HasSubstr("daemon-unreachable"));
}

TEST(health, watch_redraws_on_a_terminal_only) {
    invocation call;
    call.answers["GET /health"] = {{200, healthy}};
    call.pauses = 0;
    EXPECT_EQ(call.run({"health", "--watch"}).exit, 0);
    EXPECT_EQ(call.out.find('\x1b'), std::string::npos);
    call.terminal = true;
    EXPECT_THAT(call.run({"health", "--watch"}).out, StartsWith("\x1b[H\x1b[2J"));
}

TEST(colour, only_on_a_terminal_and_never_against_the_users_wish) {
    invocation call;
    call.answers["GET /health"] = {{200, healthy}};
    EXPECT_EQ(call.run({"health"}).out.find('\x1b'), std::string::npos);
    call.terminal = true;
    EXPECT_NE(call.run({"health"}).out.find('\x1b'), std::string::npos);
    EXPECT_EQ(call.run({"health", "--no-color"}).out.find('\x1b'), std::string::npos);
    EXPECT_EQ(call.run({"health", "--json"}).out.find('\x1b'), std::string::npos);
    call.variables["NO_COLOR"] = "1";
    EXPECT_EQ(call.run({"health"}).out.find('\x1b'), std::string::npos);
    call.variables = {{"TERM", "dumb"}};
    EXPECT_EQ(call.run({"health"}).out.find('\x1b'), std::string::npos);
}

TEST(status, degraded_is_1) {
    invocation call;
    call.answers["GET /v1/status"] = {{200, R"({"status":"healthy"})"},
                                      {200, R"({"status":"degraded"})"}};
    EXPECT_EQ(call.run({"status"}).exit, 0);
    EXPECT_EQ(call.run({"status"}).exit, 1);
}

TEST(status, what_is_no_headspaced_is_7) {
    for (const scripted_answer& answer :
         {scripted_answer{200, "<html>", "text/html"}, scripted_answer{404, "nope", "text/plain"},
          scripted_answer{500, "{}"}, scripted_answer{200, ""}}) {
        invocation call;
        call.answers["GET /v1/status"] = {answer};
        EXPECT_EQ(call.run({"status"}).exit, 7) << answer.status << answer.body;
        EXPECT_THAT(call.err, HasSubstr("not headspaced"));
    }
}

TEST(status, a_problem_decides_the_exit_code_by_its_name) {
    const std::vector<std::pair<std::string, int>> codes{
        {"not-operator", 3},         {"migration-locked", 4}, {"migration-failed", 5},
        {"database-unavailable", 6}, {"bad-request", 2},      {"internal", 1},
        {"of-a-newer-daemon", 1}};
    for (const auto& [code, exit] : codes) {
        invocation call;
        call.answers["GET /v1/status"] = {problem(409, code)};
        EXPECT_EQ(call.run({"status"}).exit, exit) << code;
        EXPECT_EQ(call.err, "headspacectl: the detail\n  the hint\n");
    }
}

TEST(status, with_json_errors_are_problems_on_the_other_stream) {
    invocation call;
    call.answers["GET /v1/status"] = {
        problem(409, "migration-failed", R"(,"sqlstate":"42P07","line":7)")};
    EXPECT_EQ(call.run({"status", "--json"}).exit, 5);
    EXPECT_EQ(call.out, "");
    const auto told = boost::json::parse(call.err).as_object();
    EXPECT_EQ(told.at("code"), "migration-failed");
    EXPECT_EQ(told.at("sqlstate"), "42P07");
    EXPECT_EQ(told.at("line"), 7);
    EXPECT_EQ(told.at("exit_code"), 5);
}

TEST(version, our_own_is_told_even_when_nobody_answers) {
    invocation call;
    call.answers["GET /v1/version"] = {
        unreachable(),
        {200, R"({"version":"9.9","extensions":[],"libpq":150014,"server_version":"15.14"})"}};
    EXPECT_EQ(call.run({"version"}).exit, 7);
    EXPECT_THAT(call.out, StartsWith("headspacectl"));
    EXPECT_EQ(call.run({"version"}).exit, 0);
    EXPECT_THAT(call.out, HasSubstr("15.14"));
}

TEST(wait, connected_is_0_as_soon_as_it_is_so) {
    invocation call;
    call.answers["GET /health"] = {unreachable(), {200, degraded}, {200, healthy}};
    EXPECT_EQ(call.run({"wait", "--for", "connected"}).exit, 0);
    EXPECT_EQ(call.asked.size(), 3U);
    EXPECT_EQ(call.out, "connected\n");
    EXPECT_EQ(call.err, "");
}

TEST(wait, the_timeout_is_1_with_the_reason) {
    invocation call;
    call.answers["GET /health"] = {{200, degraded}};
    EXPECT_EQ(call.run({"wait", "--for", "connected", "--timeout", "5"}).exit, 1);
    EXPECT_GE(call.waited, std::chrono::seconds(5));
    EXPECT_LT(call.waited, std::chrono::seconds(6));
    EXPECT_THAT(call.err, HasSubstr("Connection refused"));
}

TEST(wait, its_default_timeout_is_30_seconds) {
    invocation call;
    call.answers["GET /health"] = {{200, degraded}};
    EXPECT_EQ(call.run({"wait", "--for", "connected"}).exit, 1);
    EXPECT_EQ(call.waited, std::chrono::seconds(30));
}

TEST(wait, a_daemon_that_never_answered_is_7_at_the_timeout) {
    invocation call;
    call.answers["GET /health"] = {unreachable()};
    EXPECT_EQ(call.run({"wait", "--for", "connected", "--timeout=1"}).exit, 7);
    EXPECT_GE(call.waited, std::chrono::seconds(1));
}

TEST(wait, without_permission_there_is_nothing_to_wait_for) {
    invocation call;
    call.answers["GET /health"] = {{0, {}, {}, errc::socket_permission}};
    EXPECT_EQ(call.run({"wait", "--for", "connected"}).exit, 7);
    EXPECT_EQ(call.waited, duration::zero());
}

TEST(wait, migrated_is_0_when_everything_is_applied) {
    invocation call;
    call.answers["GET /v1/migrations"] = {problem(503, "database-unavailable"),
                                          {200, R"({"state":"pending"})"},
                                          {200, R"({"state":"current"})"}};
    EXPECT_EQ(call.run({"wait", "--for", "migrated"}).exit, 0);
    EXPECT_EQ(call.asked.size(), 3U);
}

TEST(wait, migrated_is_3_when_it_can_never_come_true) {
    for (const scripted_answer& answer :
         {scripted_answer{200, R"({"state":"none"})"}, problem(409, "no-migrations-directory")}) {
        invocation call;
        call.answers["GET /v1/migrations"] = {answer};
        EXPECT_EQ(call.run({"wait", "--for", "migrated"}).exit, 3);
        EXPECT_EQ(call.waited, duration::zero());
    }
}

TEST(wait, migrations_that_stay_pending_are_1) {
    invocation call;
    call.answers["GET /v1/migrations"] = {{200, R"({"state":"failed","reason":"42P07"})"}};
    EXPECT_EQ(call.run({"wait", "--for", "migrated", "--timeout", "2"}).exit, 1);
    EXPECT_THAT(call.err, HasSubstr("migrations are failed: 42P07"));
}

TEST(pool, its_actions_are_posts_that_show_the_pool) {
    invocation call;
    for (const char* key : {"GET /v1/pool", "POST /v1/pool/reconnect", "POST /v1/pool/recycle"})
        call.answers[key] = {{200, R"({"state":"up","size":10,"live":1,"idle":1})"}};
    EXPECT_EQ(call.run({"pool"}).exit, 0);
    EXPECT_EQ(call.run({"pool", "reconnect"}).exit, 0);
    EXPECT_EQ(call.run({"pool", "recycle"}).exit, 0);
    ASSERT_EQ(call.asked.size(), 3U);
    EXPECT_EQ(call.asked[1].method + " " + call.asked[1].target, "POST /v1/pool/reconnect");
    EXPECT_THAT(call.out, HasSubstr("1 of 10: 1 idle, 0 leased"));
}

TEST(pool, who_is_no_operator_is_refused_with_3) {
    invocation call;
    call.answers["POST /v1/pool/recycle"] = {problem(403, "not-operator")};
    EXPECT_EQ(call.run({"pool", "recycle"}).exit, 3);
}

TEST(config, warnings_go_beside_the_data) {
    invocation call;
    call.answers["GET /v1/config"] = {
        {200, R"({"masked":"postgresql://me:***@db/x","file":"/etc/h.toml",
        "values":[{"key":"database.host","value":"db","source":"DATABASE_URL"}],"warnings":["careful"]})"}};
    EXPECT_EQ(call.run({"config"}).exit, 0);
    EXPECT_THAT(call.out, StartsWith("postgresql://me:***@db/x\n"));
    EXPECT_EQ(call.err, "headspacectl: warning: careful\n");
}

TEST(reload, what_changed_is_told_and_a_refusal_is_3_with_every_diagnostic) {
    invocation call;
    call.answers["POST /v1/reload"] = {
        {200,
         R"({"changed":["database.host"],"needs_restart":["admin.socket"],"unchanged":false})"},
        {200, R"({"changed":[],"needs_restart":[],"unchanged":true})"},
        problem(422, "reload-refused",
                R"(,"diagnostics":["/etc/h.toml:3:1: a","/etc/h.toml:4:1: b"])")};
    EXPECT_EQ(call.run({"reload"}).exit, 0);
    EXPECT_EQ(call.out, "changed          database.host\nneeds a restart  admin.socket\n");
    EXPECT_EQ(call.run({"reload"}).out, "reloaded: nothing changed\n");
    EXPECT_EQ(call.run({"reload"}).exit, 3);
    EXPECT_THAT(call.err, HasSubstr("/etc/h.toml:3:1: a\n/etc/h.toml:4:1: b\n"));
}

TEST(log_level, the_new_and_the_old_one_are_told) {
    invocation call;
    call.answers["POST /v1/log-level"] = {{200, R"({"level":"debug","previous":"info"})"}};
    EXPECT_EQ(call.run({"log-level", "debug"}).exit, 0);
    EXPECT_EQ(call.out, "log level debug (was info)\n");
    EXPECT_EQ(call.asked[0].body, R"({"level":"debug"})");
}
