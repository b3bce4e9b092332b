#include "daemon/history.hpp"

#include "base/text.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace headspace::daemon {

namespace {

// "end" tells a text that is whole from one that a crash cut off.
constexpr std::string_view first_line = "headspaced 1";
constexpr std::string_view last_line = "end";

// Visits every number that is kept, as a name and what reads or adds to it. One list for both
// directions, so that nothing is written that is not read again.
template<class Visit>
void each_bucket(const std::string& name, metrics::buckets& b, Visit visit) {
    for (std::size_t i = 0; i <= b.bounds().size(); ++i) {
        const std::string le =
            i == b.bounds().size() ? "inf" : std::to_string(b.bounds()[i].count());
        visit(name + "_le " + le, b.count_in(i), [&b, i](std::uint64_t n) { b.add_count(i, n); });
    }
    visit(name + "_ns", b.nanoseconds(), [&b](std::uint64_t n) { b.add_nanoseconds(n); });
}

template<class Visit>
void each(const std::string& name, std::uint64_t& number, Visit visit) {
    visit(name, number, [&number](std::uint64_t n) { number += n; });
}

template<class Visit>
void each_number(pool::pool_snapshot& p, Visit visit) {
    each("acquires", p.acquires, visit);
    each("waited", p.waited, visit);
    each("timeouts", p.timeouts, visit);
    each("unavailable", p.unavailable, visit);
    each("queue_full", p.queue_full, visit);
    each("cancelled", p.cancelled, visit);
    each("connects_ok", p.connects_ok, visit);
    each("connects_failed", p.connects_failed, visit);
    each("pings", p.pings, visit);
    each("rollbacks_on_return", p.rollbacks_on_return, visit);
    each("outages", p.outages, visit);
    each_bucket("wait", p.waits, visit);
    each_bucket("connect", p.connects, visit);
}

template<class Visit>
void each_number(tally& t, Visit visit) {
    each("queries_ok", t.queries_ok, visit);
    each("queries_failed", t.queries_failed, visit);
    each("reloads_ok", t.reloads_ok, visit);
    each("reloads_refused", t.reloads_refused, visit);
    each("watchdog_pings", t.watchdog_pings, visit);
    each_bucket("query", t.query_times, visit);
    each_bucket("migration", t.migration_times, visit);
}

constexpr std::string_view closed = "closed ";
constexpr std::string_view runs = "runs ";
constexpr std::string_view answers = "answers ";

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
    add_to(now);
    add_open(closed, now.closed);
    return now;
}

tally history::total(tally now) const {
    add_to(now);
    add_open(runs, now.runs);
    add_open(answers, now.answers);
    return now;
}

template<class Numbers>
void history::add_to(Numbers& numbers) const {
    each_number(numbers, [this](const std::string& name, std::uint64_t, const auto& add) {
        if (const auto found = counted_.find(name); found != counted_.end())
            add(found->second);
    });
}

template<class Numbers>
void history::add_open(std::string_view prefix, Numbers& numbers) const {
    for (auto at = counted_.lower_bound(std::string(prefix));
         at != counted_.end() && at->first.starts_with(prefix); ++at)
        numbers[at->first.substr(prefix.size())] += at->second;
}

std::string history::text(const pool::pool_snapshot& now, const tally& counted) const {
    pool::pool_snapshot pool = total(now);
    tally rest = total(counted);
    std::string out(first_line);
    const auto line = [&](std::string_view name, std::uint64_t number) {
        out.append("\n").append(name).append(" ").append(std::to_string(number));
    };
    line("started", count_of(started_));
    line("monotonic", count_of(monotonic_));
    line("crashes", crashes_);
    const auto write = [&](const std::string& name, std::uint64_t number, const auto&) {
        if (number > 0)
            line(name, number);
    };
    each_number(pool, write);
    each_number(rest, write);
    const auto write_open = [&](std::string_view prefix, const auto& numbers) {
        for (const auto& [name, number] : numbers)
            line(std::string(prefix) + name, number);
    };
    write_open(closed, pool.closed);
    write_open(runs, rest.runs);
    write_open(answers, rest.answers);
    return out.append("\n").append(last_line).append("\n");
}

} // namespace headspace::daemon
