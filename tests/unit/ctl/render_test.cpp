// The words on the screen for the daemon's JSON.
#include "ctl/render.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

using namespace headspace::ctl;
using boost::json::parse;

TEST(render, labels_and_values_stand_in_columns_and_long_values_stay_in_theirs) {
    sheet out;
    out.row("a", "one");
    out.row("longer", "two\nlines");
    out.row("left out", "");
    EXPECT_EQ(out.text(0), "a       one\nlonger  two\n        lines\n");
}

TEST(render, seconds_are_told_as_people_say_them) {
    EXPECT_EQ(format_seconds(0.00035), "0.35 ms");
    EXPECT_EQ(format_seconds(0.0123), "12 ms");
    EXPECT_EQ(format_seconds(3.21), "3.2 s");
    EXPECT_EQ(format_seconds(42), "42 s");
    EXPECT_EQ(format_seconds(250), "4 min 10 s");
}

TEST(render, words_are_coloured_by_what_they_say) {
    const style colours{true};
    EXPECT_EQ(colours.word("connected"), "\x1b[32mconnected\x1b[0m");
    EXPECT_EQ(colours.word("degraded"), "\x1b[31mdegraded\x1b[0m");
    EXPECT_EQ(colours.word("pending"), "pending");
    EXPECT_EQ(style{}.word("connected"), "connected");
}

TEST(render, health_says_since_when_and_why) {
    EXPECT_EQ(
        render_health(
            parse(R"({"status":"degraded","version":"0.1.0","since":"2026-11-21T09:00:00.456Z",
                 "database":"disconnected","database_error":"Connection refused",
                 "checks":{"database":"unavailable","pool":"unavailable","migrations":"running","progress":"3/5"}})"),
            {}),
        "status      degraded since 2026-11-21T09:00:00.456Z\n"
        "database    disconnected\n"
        "            Connection refused\n"
        "pool        unavailable\n"
        "migrations  running 3/5\n"
        "version     0.1.0\n");
}

TEST(render, health_of_the_database_names_server_and_role) {
    EXPECT_EQ(
        render_health_db(parse(R"({"database":"connected","latency_ms":1.5,"server_version":"15.14",
                                         "role":"primary"})"),
                         {}),
        "database  connected\nlatency   1.50 ms\nserver    PostgreSQL 15.14\nrole      primary\n");
}

TEST(render, a_pool_that_is_down_says_why_and_when_it_tries_again) {
    const std::string text = render_pool(
        parse(
            R"json({"state":"down","size":10,"live":1,"connecting":1,"idle":0,"leased":0,"waiters":3,"waiters_max":7,
                  "generation":2,"retry_in_s":3.0,"last_error_age_s":12.0,"acquires":20,"waited":5,"timeouts":1,
                  "last_error":{"message":"Connection refused (localhost:5432)","hint":"is PostgreSQL running there?",
                                "sqlstate":"08001","class":"retry"},
                  "wait_p50_s":0.0002,"wait_p99_s":0.05,"connects_ok":4,"connects_failed":9,
                  "closed":{"drain":0,"recycle":2,"ping":1},"connect_p50_s":0,"connect_p99_s":0,"leases":[{"purpose":"migration","age_s":61.0}]
})json"),
        {});
    EXPECT_EQ(text,
              "state        down\n"
              "connections  1 of 10: 0 idle, 0 leased, 1 connecting\n"
              "waiting      3, at most 7 so far\n"
              "acquires     20: 5 waited, 1 timed out, 0 unavailable, 0 queue full, 0 cancelled\n"
              "wait         p50 0.20 ms, p99 50 ms\n"
              "connects     4 ok, 9 failed\n"
              "closed       2 recycle, 1 ping\n"
              "generation   2\n"
              "last error   Connection refused (localhost:5432) (08001), 12 s ago\n"
              "             is PostgreSQL running there?\n"
              "             next attempt in 3.0 s\n"
              "leases       migration, for 1 min 1 s\n");
}

TEST(render, status_is_everything_at_a_glance) {
    const std::string text = render_status(
        parse(
            R"({"version":"0.1.0","pid":42,"uptime_s":3723,"since":"2026-11-21T09:00:00.456Z","status":"healthy",
                  "state":"running","database":"connected","target":"postgresql://me:***@db:5432/x",
                  "server_version":"15.14","role":"primary",
                  "pool":{"state":"up","size":10,"live":3,"idle":2,"leased":1,"waiters":0},
                  "migrations":{"state":"pending","current":["20261121100000"],"heads":["20261121110000"],"pending":1,
                                "directory":"/srv/migrations"},
                  "config_file":"/etc/headspace/headspaced.toml",
                  "last_reload":{"at":"2026-11-21T09:30:00.000Z","ok":false,"error":"3 errors"},
                  "operation":{"id":"7","kind":"upgrade","state":"running"},
                  "socket":"/run/headspace/admin.sock","embedded":true})"),
        {});
    EXPECT_EQ(
        text,
        "status      healthy since 2026-11-21T09:00:00.456Z\n"
        "daemon      running, version 0.1.0, pid 42, up 1 h 2 min\n"
        "database    connected, postgresql://me:***@db:5432/x\n"
        "server      PostgreSQL 15.14, primary\n"
        "embedded    yes, a private cluster of this daemon\n"
        "pool        up: 3 of 10 connections (2 idle, 1 leased), 0 waiting\n"
        "migrations  pending, at 20261121100000, 1 pending\n"
        "            /srv/migrations\n"
        "operation   upgrade 7, running\n"
        "config      /etc/headspace/headspaced.toml; reload refused 2026-11-21T09:30:00.000Z\n"
        "            3 errors\n"
        "socket      /run/headspace/admin.sock\n");
}

TEST(render, status_marks_the_head) {
    const std::string text = render_status(
        parse(R"({"migrations":{"state":"current","current":["1"],"heads":["1"],"pending":0}})"),
        {});
    EXPECT_NE(text.find("migrations  current, at 1 (head)\n"), std::string::npos) << text;
}

TEST(render, config_begins_with_the_masked_target_and_names_every_source) {
    EXPECT_EQ(render_config(parse(R"({"masked":"postgresql://me:***@db/x","file":"",
                   "values":[{"key":"database.host","value":"db","source":"DATABASE_URL"},
                             {"key":"log.level","value":"info","source":"default"}]})"),
                            {}),
              "postgresql://me:***@db/x\nno configuration file\n"
              "database.host  db    DATABASE_URL\n"
              "log.level      info  default\n");
}

TEST(render, version_reads_the_number_of_libpq) {
    EXPECT_EQ(
        render_version(
            parse(
                R"({"headspacectl":"0.1.0","headspaced":{"version":"0.1.0","extensions":["a","b"],
                                       "libpq":150014,"server_version":"15.14"}})"),
            {}),
        "headspacectl  0.1.0\nheadspaced    0.1.0\nextensions    a, b\nlibpq         15.14\n"
        "server        PostgreSQL 15.14\n");
    EXPECT_EQ(render_version(parse(R"({"headspacectl":"0.1.0","headspaced":null})"), {}),
              "headspacectl  0.1.0\n");
}

TEST(render, an_answer_of_another_version_still_shows_what_is_known) {
    for (const char* text :
         {"{}", "[]", "null", "1", R"({"pool":null,"checks":[],"values":{},"leases":{}})",
          R"({"status":1,"pool":"x","checks":{"pool":{}},"last_error":[],"closed":[1]})"}) {
        const auto value = parse(text);
        const style plain;
        EXPECT_NO_THROW(render_health(value, plain)) << text;
        EXPECT_NO_THROW(render_health_db(value, plain)) << text;
        EXPECT_NO_THROW(render_status(value, plain)) << text;
        EXPECT_NO_THROW(render_pool(value, plain)) << text;
        EXPECT_NO_THROW(render_config(value, plain)) << text;
        EXPECT_NO_THROW(render_reload(value, plain)) << text;
        EXPECT_NO_THROW(render_version(value, plain)) << text;
    }
}
