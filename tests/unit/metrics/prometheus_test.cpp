#include "metrics/prometheus.hpp"

#include <gtest/gtest.h>

#include <limits>

using namespace headspace;
using namespace headspace::metrics;
using namespace std::chrono_literals;

namespace {

constexpr auto two_bounds = std::to_array<duration>({1ms, 2500ms});

} // namespace

TEST(prometheus, a_family_has_help_type_and_its_samples) {
    const std::vector<family> families{
        make_gauge("headspace_pool_waiting", "Requests that wait", 3, {{"pool", "default"}}),
        make_counter("headspace_pool_acquires_total", "Requests", 12345678901.0),
    };
    EXPECT_EQ(render(families), "# HELP headspace_pool_waiting Requests that wait\n"
                                "# TYPE headspace_pool_waiting gauge\n"
                                "headspace_pool_waiting{pool=\"default\"} 3\n"
                                "# HELP headspace_pool_acquires_total Requests\n"
                                "# TYPE headspace_pool_acquires_total counter\n"
                                "headspace_pool_acquires_total 12345678901\n");
}

TEST(prometheus, labels_and_help_are_escaped) {
    family f{"headspace_up", "back\\slash \"and\" line\nfeed", family_kind::gauge, {}};
    f.samples.push_back({{}, {{"host", "a\"b\\c\nd"}, {"port", "5432"}}, 0.25});
    EXPECT_EQ(render({&f, 1}), "# HELP headspace_up back\\\\slash \"and\" line\\nfeed\n"
                               "# TYPE headspace_up gauge\n"
                               "headspace_up{host=\"a\\\"b\\\\c\\nd\",port=\"5432\"} 0.25\n");
}

TEST(prometheus, numbers_that_are_none_have_their_own_words) {
    family f{"x", "h", family_kind::gauge, {}};
    f.samples.push_back({{}, {}, std::numeric_limits<double>::infinity()});
    f.samples.push_back({{}, {}, std::numeric_limits<double>::quiet_NaN()});
    EXPECT_EQ(render({&f, 1}), "# HELP x h\n# TYPE x gauge\nx +Inf\nx NaN\n");
}

TEST(prometheus, a_histogram_counts_up_to_each_bound_in_seconds) {
    buckets times(two_bounds);
    times.record(1ms); // at a bound is not above it
    times.record(2ms);
    times.record(2s);
    times.record(9s);
    const family f = make_histogram("wait_seconds", "Wait", times, {{"pool", "default"}});
    EXPECT_EQ(render({&f, 1}), "# HELP wait_seconds Wait\n"
                               "# TYPE wait_seconds histogram\n"
                               "wait_seconds_bucket{pool=\"default\",le=\"0.001\"} 1\n"
                               "wait_seconds_bucket{pool=\"default\",le=\"2.5\"} 3\n"
                               "wait_seconds_bucket{pool=\"default\",le=\"+Inf\"} 4\n"
                               "wait_seconds_sum{pool=\"default\"} 11.003\n"
                               "wait_seconds_count{pool=\"default\"} 4\n");
}

TEST(prometheus, openmetrics_names_counters_without_total_and_says_where_it_ends) {
    const std::vector<family> families{make_counter("x_total", "say \"x\"", 1),
                                       make_gauge("y", "h", 2)};
    EXPECT_EQ(render(families, text_format::openmetrics), "# HELP x say \\\"x\\\"\n"
                                                          "# TYPE x counter\n"
                                                          "x_total 1\n"
                                                          "# HELP y h\n"
                                                          "# TYPE y gauge\n"
                                                          "y 2\n"
                                                          "# EOF\n");
}

TEST(prometheus, openmetrics_is_sent_only_to_those_who_name_it) {
    for (const char* accept : {"", "*/*", "text/plain;version=0.0.4", "application/json"})
        EXPECT_EQ(choose_text_format(accept), text_format::prometheus) << accept;
    EXPECT_EQ(choose_text_format("application/openmetrics-text;version=1.0.0,"
                                 "text/plain;version=0.0.4;q=0.5"),
              text_format::openmetrics);
    EXPECT_EQ(content_type(text_format::prometheus), "text/plain; version=0.0.4; charset=utf-8");
}

TEST(prometheus, bounds_are_spelled_as_openmetrics_wants_them) {
    const family f = make_histogram("x", "h", buckets(long_bounds));
    EXPECT_EQ(f.samples[4].by, (labels{{"le", "1.0"}}));
    EXPECT_EQ(f.samples[11].by, (labels{{"le", "3600.0"}}));
    EXPECT_EQ(f.samples[12].by, (labels{{"le", "21600.0"}}));
    EXPECT_EQ(make_histogram("x", "h", buckets(short_bounds)).samples[0].by,
              (labels{{"le", "0.0001"}}));
}

TEST(buckets, a_negative_duration_counts_as_none) {
    buckets times(short_bounds);
    times.record(-5ms);
    EXPECT_EQ(times.count_in(0), 1U);
    EXPECT_EQ(times.nanoseconds(), 0U);
}

TEST(buckets, bounds_ascend) {
    for (const std::span<const duration> bounds :
         {std::span<const duration>(short_bounds), std::span<const duration>(long_bounds)})
        EXPECT_TRUE(std::is_sorted(bounds.begin(), bounds.end()));
}
