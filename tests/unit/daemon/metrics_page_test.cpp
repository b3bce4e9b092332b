// Which numbers GET /metrics has, and that everything that refers to them by name is right.
#include "daemon/metrics_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

using namespace headspace;
using namespace headspace::daemon;
using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace {

metrics_facts some_facts() {
    metrics_facts f;
    f.version = "1.2.3";
    f.started = wall_time(1'700'000'000s);
    f.process_started = wall_time(1'700'000'100s);
    f.crashes = 1;
    f.pool.size = 10;
    f.pool.leased = 3;
    f.pool.idle = 2;
    f.pool.connecting = 1;
    f.pool.waiters = 4;
    f.pool.longest_wait = 1500ms;
    f.pool.waits.record(3ms);
    f.pool.timeouts = 5;
    f.pool.retry_in = 250ms;
    f.pool.closed = {{"recycle", 6}};
    f.pool.leases = {{"of alice@db.example", 2s}};
    f.counted.answers = {{"200 /v1/operations/{id}", 7}, {"404 ", 8}};
    f.counted.runs = {{"failed", 2}};
    f.database_up = true;
    f.migrations = health::migrations_state::pending;
    f.ledger = ledger_counts{4, 1};
    f.last_reload_success = wall_time(1'700'000'200s);
    f.loop_lag = 2ms;
    f.log_dropped = 3;
    return f;
}

std::string text_of(const metrics_facts& f) {
    return metrics::render(metrics_page(f));
}

std::string read(const std::string& file) {
    std::ifstream in(std::string(HEADSPACE_SOURCE_DIR) + "/" + file);
    EXPECT_TRUE(in) << file;
    return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> family_names() {
    std::set<std::string> names;
    for (const metrics::family& f : metrics_page({}))
        names.insert(f.name);
    return names;
}

/// Each name of the text that could be one of ours, without what a histogram's samples end with.
std::set<std::string> names_in(const std::string& text) {
    static const std::regex name("(headspace|process)_[a-z_]+");
    static const std::regex of_histogram("(_seconds)_(bucket|sum|count)$");
    std::set<std::string> out;
    for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at)
        out.insert(std::regex_replace(at->str(), of_histogram, "$1"));
    return out;
}

} // namespace

TEST(metrics_page, says_what_the_pool_and_the_migrations_are_doing) {
    const std::string text = text_of(some_facts());
    for (const char* line :
         {"headspace_build_info{version=\"1.2.3\"} 1\n",
          "headspace_up 1\n",
          "headspace_start_time_seconds 1700000000\n",
          "headspace_crashes_total 1\n",
          "headspace_database_up{pool=\"default\"} 1\n",
          "headspace_pool_server_connections{pool=\"default\",state=\"active\"} 3\n",
          "headspace_pool_server_connections{pool=\"default\",state=\"idle\"} 2\n",
          "headspace_pool_server_connections{pool=\"default\",state=\"login\"} 1\n",
          "headspace_pool_connections_max{pool=\"default\"} 10\n",
          "headspace_pool_waiting{pool=\"default\"} 4\n",
          "headspace_pool_maxwait_seconds{pool=\"default\"} 1.5\n",
          "headspace_pool_maxlease_seconds{pool=\"default\"} 2\n",
          "headspace_pool_wait_seconds_bucket{pool=\"default\",le=\"0.005\"} 1\n",
          "headspace_pool_timeouts_total{pool=\"default\"} 5\n",
          "headspace_backoff_seconds{pool=\"default\"} 0.25\n",
          "headspace_connection_lifetime_closed_total{pool=\"default\",reason=\"recycle\"} 6\n",
          "headspace_migrations_applied 4\n",
          "headspace_migrations_pending 1\n",
          "headspace_migrations_state{state=\"pending\"} 1\n",
          "headspace_migrations_state{state=\"current\"} 0\n",
          "headspace_migration_runs_total{outcome=\"failed\"} 2\n",
          "headspace_config_last_reload_successful 1\n",
          "headspace_config_last_reload_success_timestamp_seconds 1700000200\n",
          "headspace_eventloop_lag_seconds 0.002\n",
          "headspace_log_dropped_total 3\n",
          "headspace_admin_requests_total{route=\"/v1/operations/{id}\",code=\"200\"} 7\n",
          "headspace_admin_requests_total{route=\"none\",code=\"404\"} 8\n",
          "process_start_time_seconds 1700000100\n"})
        EXPECT_THAT(text, HasSubstr(line));
}

TEST(metrics_page, what_the_ledger_holds_is_absent_before_it_was_read) {
    metrics_facts f = some_facts();
    f.ledger.reset();
    const std::string text = text_of(f);
    EXPECT_THAT(text, HasSubstr("# TYPE headspace_migrations_pending gauge\n"));
    EXPECT_THAT(text, Not(HasSubstr("\nheadspace_migrations_pending ")));
}

TEST(metrics_page, no_label_takes_the_words_of_a_borrower) {
    EXPECT_THAT(text_of(some_facts()), Not(HasSubstr("alice")));
}

TEST(metrics_page, each_family_comes_once_and_counters_end_with_total) {
    std::set<std::string> seen;
    for (const metrics::family& f : metrics_page(some_facts())) {
        EXPECT_TRUE(seen.insert(f.name).second) << f.name;
        EXPECT_EQ(f.name.ends_with("_total"), f.kind == metrics::family_kind::counter) << f.name;
        EXPECT_FALSE(f.help.empty()) << f.name;
    }
}

TEST(metrics_page, the_labels_of_a_family_are_the_same_in_each_sample_and_no_sample_comes_twice) {
    for (const metrics::family& f : metrics_page(some_facts())) {
        std::set<std::pair<std::string, metrics::labels>> seen;
        std::map<std::string, std::vector<std::string>> names;
        for (const metrics::sample& s : f.samples) {
            EXPECT_TRUE(seen.emplace(s.suffix, s.by).second) << f.name;
            std::vector<std::string> here;
            for (const auto& [name, value] : s.by)
                here.push_back(name);
            EXPECT_EQ(names.emplace(s.suffix, here).first->second, here) << f.name;
        }
    }
}

TEST(metrics_page, the_documented_table_has_every_family_with_its_type_and_labels_and_no_other) {
    // | `name` | type | labels | meaning |
    std::map<std::string, std::string> documented;
    const std::string text = read("packaging/prometheus/README.md");
    static const std::regex row("\\| `([a-z_]+)` \\| (counter|gauge|histogram) \\| ([^|]*) \\|");
    for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at)
        EXPECT_TRUE(documented.emplace((*at)[1], (*at)[2].str() + ": " + (*at)[3].str()).second)
            << (*at)[1];
    std::map<std::string, std::string> emitted;
    for (const metrics::family& f : metrics_page(some_facts())) {
        std::string kind = f.kind == metrics::family_kind::counter ? "counter: "
                           : f.kind == metrics::family_kind::gauge ? "gauge: "
                                                                   : "histogram: ";
        std::string labels;
        if (!f.samples.empty())
            for (const auto& [name, value] : f.samples.front().by)
                if (name != "le")
                    labels += (labels.empty() ? "`" : ", `") + name + "`";
        emitted.emplace(f.name, kind + labels);
    }
    EXPECT_EQ(documented, emitted);
}

TEST(metrics_page, rules_and_dashboard_refer_only_to_names_that_exist) {
    std::set<std::string> known = family_names();
    known.insert("headspace_instance"); // the label of headspacectl metrics --instance
    for (const char* file : {"packaging/prometheus/headspace.rules.yml",
                             "packaging/prometheus/headspace.rules.test.yml",
                             "packaging/prometheus/grafana-dashboard.json"}) {
        const std::set<std::string> named = names_in(read(file));
        EXPECT_GT(named.size(), 5U) << file;
        for (const std::string& name : named)
            EXPECT_THAT(known, Contains(name)) << file;
    }
}

TEST(alerts, each_has_a_case_in_which_it_fires_and_one_in_which_it_does_not) {
    const std::string tests = read("packaging/prometheus/headspace.rules.test.yml");
    const std::string rules = read("packaging/prometheus/headspace.rules.yml");
    static const std::regex alert("- alert: ([A-Za-z]+)");
    std::size_t count = 0;
    for (std::sregex_iterator at(rules.begin(), rules.end(), alert), end; at != end; ++at) {
        const std::string name = "alertname: " + (*at)[1].str();
        EXPECT_THAT(tests, HasSubstr(name + "}\n")) << "silent";
        EXPECT_THAT(tests, HasSubstr(name + "\n        exp_alerts:\n")) << "firing";
        ++count;
    }
    EXPECT_GT(count, 10U);
}
