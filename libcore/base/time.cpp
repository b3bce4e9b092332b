#include "base/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <limits>

namespace headspace {

using namespace std::chrono_literals;

namespace {

struct unit {
    std::string_view name;
    duration size;
};

constexpr std::array<unit, 7> units{
    {{"us", 1us}, {"ms", 1ms}, {"s", 1s}, {"min", 1min}, {"m", 1min}, {"h", 1h}, {"d", 24h}}};

} // namespace

result<duration> parse_duration(std::string_view text) {
    const auto bad = [&] {
        return make_error(
            errc::config_invalid, error_class::refuse,
            "not a duration: '" + std::string(text) + "'",
            "write a number of seconds or a string with a unit: \"250ms\", \"5s\", \"2m\", \"1h\"");
    };
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || number < 0)
        return bad();
    std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
    while (!suffix.empty() && suffix.front() == ' ')
        suffix.remove_prefix(1);
    if (suffix.empty())
        suffix = "s";
    for (const unit& u : units) {
        if (u.name != suffix)
            continue;
        if (number > std::numeric_limits<std::int64_t>::max() / u.size.count())
            return bad();
        return u.size * number;
    }
    return bad();
}

std::string format_duration(duration d) {
    if (d == 0ns)
        return "0s";
    constexpr std::array<unit, 5> exact{
        {{"h", 1h}, {"m", 1min}, {"s", 1s}, {"ms", 1ms}, {"us", 1us}}};
    for (const unit& u : exact)
        if (d % u.size == 0ns)
            return std::to_string(d / u.size) + std::string(u.name);
    return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(d).count()) + "us";
}

std::string format_elapsed(duration d) {
    std::array<char, 32> buffer{};
    if (d < 1s) {
        std::snprintf(buffer.data(), buffer.size(), "%lld ms", static_cast<long long>(d / 1ms));
    } else if (d < 10s) {
        std::snprintf(buffer.data(), buffer.size(), "%.1f s",
                      std::chrono::duration<double>(d).count());
    } else if (d < 1min) {
        std::snprintf(buffer.data(), buffer.size(), "%lld s", static_cast<long long>(d / 1s));
    } else if (d < 1h) {
        std::snprintf(buffer.data(), buffer.size(), "%lld min %lld s",
                      static_cast<long long>(d / 1min), static_cast<long long>(d % 1min / 1s));
    } else {
        std::snprintf(buffer.data(), buffer.size(), "%lld h %lld min",
                      static_cast<long long>(d / 1h), static_cast<long long>(d % 1h / 1min));
    }
    return buffer.data();
}

std::string format_utc(wall_time t) {
    using namespace std::chrono;
    const auto whole = floor<seconds>(t);
    const auto millis = static_cast<int>(duration_cast<milliseconds>(t - whole).count());
    const std::time_t seconds_since = system_clock::to_time_t(whole);
    std::tm parts{};
    ::gmtime_r(&seconds_since, &parts);
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                  parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                  parts.tm_min, parts.tm_sec, millis);
    return buffer.data();
}

} // namespace headspace
