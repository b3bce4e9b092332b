#include "daemon/history.hpp"

#include "base/text.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace headspace::daemon {

namespace {

// "end" tells a text that is whole from one that a crash cut off.
constexpr std::string_view first_line = "headspaced 1";
constexpr std::string_view last_line = "end";

using counter = std::uint64_t pool::pool_snapshot::*;
constexpr std::array<std::pair<std::string_view, counter>, 10> counters{
    {{"acquires", &pool::pool_snapshot::acquires},
     {"waited", &pool::pool_snapshot::waited},
     {"timeouts", &pool::pool_snapshot::timeouts},
     {"unavailable", &pool::pool_snapshot::unavailable},
     {"queue_full", &pool::pool_snapshot::queue_full},
     {"cancelled", &pool::pool_snapshot::cancelled},
     {"connects_ok", &pool::pool_snapshot::connects_ok},
     {"connects_failed", &pool::pool_snapshot::connects_failed},
     {"pings", &pool::pool_snapshot::pings},
     {"rollbacks_on_return", &pool::pool_snapshot::rollbacks_on_return}}};
constexpr std::string_view closed = "closed ";

template<class Time>
std::uint64_t count_of(Time time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

template<class Time>
Time time_of(std::uint64_t count) {
    return Time(typename Time::duration(static_cast<typename Time::rep>(count)));
}

/// Name and number of each line; nothing when the text is not whole.
std::optional<std::map<std::string, std::uint64_t>> parse(std::string_view text) {
    const auto lines = split(text, '\n');
    if (lines.size() < 3 || lines.front() != first_line || lines[lines.size() - 2] != last_line)
        return std::nullopt;
    std::map<std::string, std::uint64_t> out;
    for (std::size_t i = 1; i + 2 < lines.size(); ++i) {
        const std::string_view line = lines[i];
        const std::size_t blank = line.rfind(' ');
        if (blank == std::string_view::npos)
            return std::nullopt;
        std::uint64_t number = 0;
        const char* end = line.data() + line.size();
        const auto parsed = std::from_chars(line.data() + blank + 1, end, number);
        if (parsed.ec != std::errc{} || parsed.ptr != end)
            return std::nullopt;
        out.emplace(line.substr(0, blank), number);
    }
    return out;
}

} // namespace

void history::go_on_from(std::string_view kept) {
    auto numbers = parse(kept);
    if (!numbers || !numbers->contains("started") || !numbers->contains("monotonic"))
        return;
    const auto take = [&](const char* name) {
        auto node = numbers->extract(name);
        return node ? node.mapped() : 0;
    };
    started_ = time_of<wall_time>(take("started"));
    monotonic_ = time_of<time_point>(take("monotonic"));
    crashes_ = take("crashes") + 1;
    counted_ = std::move(*numbers);
}

pool::pool_snapshot history::total(pool::pool_snapshot now) const {
    for (const auto& [name, count] : counted_) {
        for (const auto& [known, member] : counters)
            if (name == known)
                now.*member += count;
        if (name.starts_with(closed))
            now.closed[name.substr(closed.size())] += count;
    }
    return now;
}

std::string history::text(const pool::pool_snapshot& now) const {
    const pool::pool_snapshot all = total(now);
    std::string out(first_line);
    const auto line = [&](std::string_view name, std::uint64_t number) {
        out.append("\n").append(name).append(" ").append(std::to_string(number));
    };
    line("started", count_of(started_));
    line("monotonic", count_of(monotonic_));
    line("crashes", crashes_);
    for (const auto& [name, member] : counters)
        line(name, all.*member);
    for (const auto& [reason, count] : all.closed)
        line(std::string(closed) + reason, count);
    return out.append("\n").append(last_line).append("\n");
}

} // namespace headspace::daemon
