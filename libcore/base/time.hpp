// Time as the rest of Headspace uses it: monotonic points for deadlines, UTC for people. Nothing
// here reads a clock.
#pragma once

#include "base/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace headspace {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = std::chrono::nanoseconds;
using wall_time = std::chrono::system_clock::time_point;

/// "250ms", "5s", "2m", "1h", "1d", or a bare number of seconds. Errors: config_invalid without the
/// place.
result<duration> parse_duration(std::string_view text);

/// The shortest of "250ms", "5s", "2m", "1h" that is exact; parse_duration reads it back.
std::string format_duration(duration d);

/// For people: "3.2 s", "42 s", "4 min 10 s", "2 h 3 min".
std::string format_elapsed(duration d);

/// "2026-11-21T10:00:00.123Z".
std::string format_utc(wall_time t);

} // namespace headspace
