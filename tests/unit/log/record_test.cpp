#include "log/event_ids.hpp"
#include "log/log.hpp"
#include "log/record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace std::chrono_literals;

namespace {

const wall_time noon{1763719200123ms};

log_event sample() {
    return {log_level::warning,
            "pool_down",
            "Database connection failed",
            {{"HOST", "db1"}, {"SQLSTATE", "28P01"}}};
}

} // namespace

TEST(log_record, an_event_survives_its_way_through_spdlog) {
    const log_event back = log::decode(log::encode(sample()));
    EXPECT_EQ(back.message, sample().message);
    EXPECT_EQ(back.name, sample().name);
    EXPECT_EQ(back.fields, sample().fields);
}

TEST(log_record, a_separator_in_a_message_cannot_forge_a_field) {
    log_event event = sample();
    event.message = "x\x1e"
                    "forged\x1eHOST=evil";
    const log_event back = log::decode(log::encode(event));
    EXPECT_EQ(back.name, "pool_down");
    EXPECT_EQ(back.fields, sample().fields);
}

TEST(log_record, text_is_one_line_with_time_and_level) {
    EXPECT_EQ(log::text_line(sample(), noon, false),
              "2025-11-21 10:00:00.123Z warning Database connection failed");
    EXPECT_NE(log::text_line(sample(), noon, true).find("\x1b[33m"), std::string::npos);
}

TEST(log_record, the_longest_level_stands_apart_from_the_message) {
    log_event event = sample();
    event.level = log_level::critical;
    EXPECT_EQ(log::text_line(event, noon, false),
              "2025-11-21 10:00:00.123Z critical Database connection failed");
}

TEST(log_record, json_has_the_fields_in_lower_case_and_escapes_what_it_must) {
    log_event event = sample();
    event.message = "said \"no\"\n";
    EXPECT_EQ(log::json_line(event, noon),
              R"({"time":"2025-11-21T10:00:00.123Z","level":"warning","message":"said \"no\"\n",)"
              R"("event":"pool_down","host":"db1","sqlstate":"28P01"})");
}

TEST(log_record, known_secrets_are_taken_out_raw_and_percent_encoded) {
    const std::vector<secret> secrets{secret("p@ss/word"), secret("abc")};
    EXPECT_EQ(log::redact("raw p@ss/word, url p%40ss%2Fword, short abc", secrets),
              "raw ***, url ***, short abc");
}

TEST(log_record, levels_are_read_by_name_and_nothing_else) {
    log_level level = log_level::info;
    EXPECT_TRUE(log::parse_level("warn", level));
    EXPECT_EQ(level, log_level::warning);
    EXPECT_FALSE(log::parse_level("verbose", level));
}

TEST(log_record, the_journal_gets_every_field_under_a_name_of_ours_or_a_well_known_one) {
    EXPECT_THAT(log::journal_fields(sample()),
                testing::ElementsAre("MESSAGE=Database connection failed", "PRIORITY=4",
                                     "SYSLOG_IDENTIFIER=headspaced", "HEADSPACE_EVENT=pool_down",
                                     "MESSAGE_ID=" + std::string(log::message_id("pool_down")),
                                     "HEADSPACE_HOST=db1", "SQLSTATE=28P01"));
}

TEST(log_record, an_event_without_a_name_has_no_id) {
    EXPECT_THAT(log::journal_fields({log_level::critical, "", "x", {{"ERRNO", "111"}}}),
                testing::ElementsAre("MESSAGE=x", "PRIORITY=2", "SYSLOG_IDENTIFIER=headspaced",
                                     "ERRNO=111"));
}
