#include "metrics/prometheus.hpp"

#include <gtest/gtest.h>

#include <limits>

using namespace headspace;
using namespace headspace::metrics;
using namespace std::chrono_literals;

TEST(prometheus, a_family_has_help_type_and_its_samples) {
    const std::vector<family> families{
        make_gauge("headspace_pool_waiters", "Requests that wait", 3),
        make_counter("headspace_pool_acquires_total", "Requests", 12345678901.0),
    };
    EXPECT_EQ(render_prometheus(families), "# HELP headspace_pool_waiters Requests that wait\n"
                                           "# TYPE headspace_pool_waiters gauge\n"
                                           "headspace_pool_waiters 3\n"
                                           "# HELP headspace_pool_acquires_total Requests\n"
                                           "# TYPE headspace_pool_acquires_total counter\n"
                                           "headspace_pool_acquires_total 12345678901\n");
}

TEST(prometheus, labels_and_help_are_escaped) {
    family f{"headspace_up", "back\\slash \"and\" line\nfeed", family_kind::gauge, {}};
    f.samples.push_back({{}, {{"host", "a\"b\\c\nd"}, {"port", "5432"}}, 0.25});
    EXPECT_EQ(render_prometheus({&f, 1}), "# HELP headspace_up back\\\\slash \"and\" line\\nfeed\n"
                                          "# TYPE headspace_up gauge\n"
                                          "headspace_up{host=\"a\\\"b\\\\c\\nd\",port=\"5432\"} "
                                          "0.25\n");
}

TEST(prometheus, numbers_that_are_none_have_their_own_words) {
    family f{"x", "h", family_kind::gauge, {}};
    f.samples.push_back({{}, {}, std::numeric_limits<double>::infinity()});
    f.samples.push_back({{}, {}, std::numeric_limits<double>::quiet_NaN()});
    EXPECT_EQ(render_prometheus({&f, 1}), "# HELP x h\n# TYPE x gauge\nx +Inf\nx NaN\n");
}

TEST(prometheus, a_summary_is_in_seconds) {
    histogram h;
    h.record(duration(2s));
    h.record(duration(2s));
    const family f = make_summary("wait_seconds", "Wait", h);
    EXPECT_EQ(render_prometheus({&f, 1}), "# HELP wait_seconds Wait\n"
                                          "# TYPE wait_seconds summary\n"
                                          "wait_seconds{quantile=\"0.5\"} 2\n"
                                          "wait_seconds{quantile=\"0.9\"} 2\n"
                                          "wait_seconds{quantile=\"0.99\"} 2\n"
                                          "wait_seconds_sum 4\n"
                                          "wait_seconds_count 2\n");
}
