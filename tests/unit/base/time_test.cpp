#include "base/time.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace std::chrono_literals;

TEST(time, durations_are_read_with_and_without_a_unit) {
    EXPECT_EQ(parse_duration("5").value(), 5s);
    EXPECT_EQ(parse_duration("250ms").value(), 250ms);
    EXPECT_EQ(parse_duration("2m").value(), 2min);
    EXPECT_EQ(parse_duration("2 min").value(), 2min);
    EXPECT_EQ(parse_duration("0").value(), 0s);
}

TEST(time, what_is_no_duration_is_refused) {
    for (const char* text :
         {"", "s", "-1s", "5 parsecs", "5.5s", "99999999999999999999", "9223372036854775807h"})
        EXPECT_FALSE(parse_duration(text).has_value()) << text;
}

TEST(time, formatting_and_parsing_are_inverse) {
    for (const duration d :
         {duration(0s), duration(250ms), duration(5s), duration(2min), duration(1h), duration(90s)})
        EXPECT_EQ(parse_duration(format_duration(d)).value(), d) << format_duration(d);
}

TEST(time, elapsed_time_reads_like_a_person_says_it) {
    EXPECT_EQ(format_elapsed(250ms), "250 ms");
    EXPECT_EQ(format_elapsed(3200ms), "3.2 s");
    EXPECT_EQ(format_elapsed(42s), "42 s");
    EXPECT_EQ(format_elapsed(4min + 10s), "4 min 10 s");
    EXPECT_EQ(format_elapsed(2h + 3min), "2 h 3 min");
}

TEST(time, utc_has_milliseconds_and_a_z) {
    EXPECT_EQ(format_utc(wall_time(1763719200123ms)), "2025-11-21T10:00:00.123Z");
}
