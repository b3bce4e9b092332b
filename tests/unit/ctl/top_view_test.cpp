// What top shows of two answers, in a given room.
#include "ctl/top_view.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::ctl;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

namespace json = boost::json;

constexpr time_point begin{1h};

json::value status() {
    return json::parse(R"({
        "version":"0.1.0","pid":4711,"uptime_s":7380,"started":"2026-11-21T08:00:00.000Z","crashes":0,
        "since":"2026-11-21T09:00:00.456Z","status":"healthy","state":"running",
        "database":"connected","target":"postgresql://app@db:5432/app","server_version":"15.14",
        "pool":{"state":"up","size":10,"live":6,"connecting":1,"idle":2,"pinging":0,"leased":3,
                "resetting":0,"closing":0,"waiters":0,"waiters_max":7,"longest_wait_s":0,
                "acquires":1000,"waited":20,"timeouts":1,"unavailable":0,"connects_ok":6,
                "connects_failed":0,"outages":0,
                "wait_p50_s":0.0001,"wait_p99_s":0.004,"connect_p50_s":0.01,"connect_p99_s":0.02,
                "leases":[{"purpose":"report","age_s":72.5},{"purpose":"health","age_s":0.01},
                          {"purpose":"report","age_s":3}],"waiting":[]},
        "migrations":{"state":"current","applied":12,"pending":0}})");
}

json::object& pool_of(json::value& s) {
    return s.as_object()["pool"].as_object();
}

top_facts with(json::value now) {
    top_facts f;
    f.now = top_sample{begin, std::move(now)};
    f.at = begin;
    return f;
}

std::vector<std::string> drawn(const top_facts& f, screen_size size = {}, bool color = false) {
    return top_lines(f, size, style{color});
}

} // namespace

TEST(top_view, one_answer_shows_how_all_is_and_counts_instead_of_rates) {
    const auto lines = drawn(with(status()));
    EXPECT_EQ(lines, (std::vector<std::string>{
                         "headspaced healthy since 2026-11-21T09:00:00.456Z",
                         "daemon      running, version 0.1.0, pid 4711, up 2 h 3 min",
                         "database    connected, postgresql://app@db:5432/app, PostgreSQL 15.14",
                         "outage      none so far",
                         "pool        up  [###==+....]  6 of 10: 3 lent, 2 idle, 1 connecting",
                         "waiting     nobody; at most 7 so far",
                         "so far      1000 acquires  20 waited  1 timeouts  0 unavailable  6 "
                         "connects  0 failed connects",
                         "times       wait p50 0.10 ms, p99 4.00 ms; connect p50 10 ms, p99 20 ms",
                         "migrations  current, 12 applied, 0 pending",
                         "",
                         "  LENT  LONGEST     PURPOSE",
                         "     2  1 min 12 s  report",
                         "     1  10 ms       health",
                     }));
}

TEST(top_view, rates_come_from_two_answers_and_the_time_between_them) {
    json::value later = status();
    pool_of(later)["acquires"] = 1025;
    pool_of(later)["waited"] = 21;
    top_facts f = with(later);
    f.before = top_sample{begin - 2s, status()};
    EXPECT_THAT(drawn(f), Contains("rates       12/s acquires  0.5/s waited  0/s timeouts  0/s "
                                   "unavailable  0/s connects  0/s failed connects"));
}

TEST(top_view, another_service_or_a_counter_that_fell_gives_no_rates) {
    json::value later = status();
    pool_of(later)["acquires"] = 3;
    top_facts f = with(later);
    f.before = top_sample{begin - 2s, status()};
    EXPECT_THAT(drawn(f), Contains(StartsWith("so far      3 acquires")));
    later = status();
    later.as_object()["started"] = "2026-11-21T10:00:00.000Z";
    f.now = top_sample{begin, later};
    EXPECT_THAT(drawn(f), Contains(StartsWith("so far      1000 acquires")));
}

TEST(top_view, an_outage_says_how_long_how_often_when_next_and_why) {
    json::value s = status();
    s.as_object()["status"] = "degraded";
    s.as_object()["database"] = "disconnected";
    s.as_object()["database_error"] = "Connection refused (db:5432, 08001)";
    pool_of(s)["outages"] = 4;
    pool_of(s)["outage_age_s"] = 42.2;
    pool_of(s)["outage_attempts"] = 7;
    pool_of(s)["retry_in_s"] = 8.25;
    const auto lines = drawn(with(s));
    EXPECT_THAT(lines, Contains("outage      for 42 s, 7 failed attempts, next attempt in 8.2 s"));
    EXPECT_THAT(lines, Contains("            Connection refused (db:5432, 08001)"));
    pool_of(s)["retry_in_s"] = 0;
    EXPECT_THAT(drawn(with(s)), Contains(HasSubstr("the next is under way")));
}

TEST(top_view, waiters_are_named_with_the_time_they_wait) {
    json::value s = status();
    pool_of(s)["waiters"] = 2;
    pool_of(s)["longest_wait_s"] = 1.25;
    pool_of(s)["waiting"] =
        json::parse(R"([{"purpose":"import","age_s":1.25},{"purpose":"import","age_s":0.5}])");
    const auto lines = drawn(with(s));
    EXPECT_THAT(lines, Contains("waiting     2, the first for 1.2 s; at most 7 so far"));
    EXPECT_THAT(lines, Contains("     2  1.2 s       import"));
}

TEST(top_view, an_operation_shows_its_progress_and_whom_it_waits_for) {
    json::value s = status();
    s.as_object()["migrations"] = {{"state", "running"}, {"progress", "3/5"}};
    s.as_object()["operation"] = {{"id", "17-1"},
                                  {"kind", "upgrade"},
                                  {"requested_by", "uid 1000"},
                                  {"started", "2026-11-21T10:00:00.000Z"},
                                  {"progress", "3/5, index build 42 %"},
                                  {"blocked_by", "pid 99 (psql)"}};
    const auto lines = drawn(with(s));
    EXPECT_THAT(lines, Contains("migrations  running 3/5"));
    EXPECT_THAT(lines,
                Contains("operation   upgrade 17-1, 3/5, index build 42 %, by uid 1000 since "
                         "2026-11-21T10:00:00.000Z"));
    EXPECT_THAT(lines, Contains("            waits for pid 99 (psql)"));
}

TEST(top_view, without_an_answer_it_says_since_when_and_shows_the_last_one) {
    top_facts f = with(status());
    f.interval = 2s;
    f.unreachable_since = begin + 1s;
    f.unreachable_why = "no daemon answers on /run/x.sock";
    f.at = begin + 13s;
    const auto lines = drawn(f, {100, 30});
    EXPECT_EQ(lines[0],
              "headspaced unreachable for 12 s, retrying: no daemon answers on /run/x.sock");
    EXPECT_EQ(lines[1], "what it said last, 13 s ago:");
    EXPECT_THAT(lines, Contains(StartsWith("pool        up")));
    f.now.reset();
    EXPECT_EQ(drawn(f, {100, 30})[1], "");
}

TEST(top_view, no_line_is_wider_and_no_picture_higher_than_the_screen) {
    json::value s = status();
    s.as_object()["target"] = "postgresql://\xc3\xa4pp@" + std::string(300, 'x') + "/app";
    json::array many;
    for (int i = 0; i < 50; ++i)
        many.push_back({{"purpose", "p" + std::to_string(i)}, {"age_s", i}});
    pool_of(s)["leases"] = many;
    pool_of(s)["waiting"] = many;
    top_facts f = with(s);
    f.interval = 2s;
    for (std::size_t width : {1U, 7U, 20U, 80U, 200U})
        for (std::size_t height = 1; height < 60; ++height) {
            const auto lines = drawn(f, {width, height});
            ASSERT_LE(lines.size(), height);
            for (const std::string& line : lines) {
                const auto places = std::count_if(line.begin(), line.end(), [](char c) {
                    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
                });
                ASSERT_LE(static_cast<std::size_t>(places), width) << line;
            }
        }
}

TEST(top_view, both_tables_share_the_room_and_say_what_is_left_out) {
    json::value s = status();
    json::array many;
    for (int i = 0; i < 50; ++i)
        many.push_back({{"purpose", "p" + std::to_string(i)}, {"age_s", i}});
    pool_of(s)["leases"] = many;
    pool_of(s)["waiting"] = many;
    top_facts f = with(s);
    f.interval = 2s;
    const auto lines = drawn(f, {80, 30});
    EXPECT_EQ(lines.size(), 30U);
    EXPECT_THAT(lines, Contains("  LENT  LONGEST     PURPOSE"));
    EXPECT_THAT(lines, Contains("WAITING LONGEST     PURPOSE"));
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                            [](const std::string& l) { return l.ends_with(" more"); }),
              2);
    EXPECT_EQ(lines.back(), "q quits; every 2s");
    pool_of(*&f.now->status)["waiting"] = json::array{};
    const auto alone = drawn(f, {80, 30});
    EXPECT_THAT(alone, Not(Contains("WAITING LONGEST     PURPOSE")));
    EXPECT_EQ(alone.size(), 30U) << "the room of the other is used";
}

TEST(top_view, colours_do_not_count_and_end_with_what_they_paint) {
    const auto plain = drawn(with(status()), {40, 0});
    auto painted = drawn(with(status()), {40, 0}, true);
    ASSERT_EQ(plain.size(), painted.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
        for (auto at = painted[i].find('\x1b'); at != std::string::npos;
             at = painted[i].find('\x1b'))
            painted[i].erase(at, painted[i].find('m', at) - at + 1);
        EXPECT_EQ(painted[i], plain[i]);
    }
}

TEST(top_view, a_purpose_cannot_give_orders_to_the_terminal) {
    json::value s = status();
    pool_of(s)["leases"] = json::array{{{"purpose", "x\x1b[2Jy\n"}, {"age_s", 1}}};
    for (const std::string& line : drawn(with(s)))
        EXPECT_THAT(line, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\n"))));
}

TEST(top_view, an_answer_of_another_version_shows_what_it_has) {
    EXPECT_FALSE(drawn(with(json::parse("{}")), {80, 24}).empty());
    EXPECT_FALSE(drawn(with(json::parse("[1]")), {80, 24}).empty());
}
