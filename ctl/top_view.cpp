#include "ctl/top_view.hpp"

#include "base/text.hpp"
#include "ctl/render_event.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <utility>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

/// Pieces of text with their tones, cut to a width before they are painted.
class line {
public:
    line() = default;
    explicit line(std::string_view text, tone t = tone::plain) { add(text, t); }

    line& add(std::string_view text, tone t = tone::plain) {
        pieces_.emplace_back(t, harmless(text));
        return *this;
    }
    /// By what the word says, as everywhere else.
    line& add_word(std::string_view word) {
        static const style probe{true};
        const std::string painted = probe.word(word);
        for (const tone t : {tone::good, tone::bad})
            if (painted == probe.paint(t, word))
                return add(word, t);
        return add(word);
    }
    [[nodiscard]] std::string painted(std::size_t width, const style& look) const {
        std::string out;
        std::size_t room = width == 0 ? std::string::npos : width;
        for (const auto& [t, text] : pieces_)
            out += look.paint(t, take(text, room));
        return out;
    }

private:
    /// As many characters of `text` as there is room for; a code point takes one place.
    static std::string_view take(std::string_view text, std::size_t& room) {
        std::size_t end = 0;
        while (end < text.size()) {
            const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
            if (begins && room == 0)
                break;
            room -= begins && room != std::string::npos;
            ++end;
        }
        return text.substr(0, end);
    }

    std::vector<std::pair<tone, std::string>> pieces_;
};

constexpr std::size_t label_width = 12;

line labelled(std::string label) {
    label.resize(label_width, ' ');
    return line(label, tone::faint);
}

std::string number(std::uint64_t n) {
    return std::to_string(n);
}

std::string counted(std::uint64_t n, const char* what) {
    return number(n) + " " + what + (n == 1 ? "" : "s");
}

/// "0/s", "0.4/s", "12/s".
std::string rate_text(double per_second) {
    std::array<char, 32> buffer{};
    const char* format = per_second == 0 || per_second >= 10 ? "%.0f/s" : "%.1f/s";
    std::snprintf(buffer.data(), buffer.size(), format, per_second);
    return buffer.data();
}

const json::value& pool_of(const top_sample& s) {
    static const json::value none;
    const json::value* pool = member(s.status, "pool");
    return pool == nullptr ? none : *pool;
}

/// Of a counter of the pool; "" when it cannot be told: no earlier sample, or another service.
std::string rate(const top_facts& f, std::string_view counter) {
    if (!f.before || !f.now || f.unreachable_since)
        return {};
    const double seconds = std::chrono::duration<double>(f.now->at - f.before->at).count();
    const std::uint64_t then = count_of(pool_of(*f.before), counter);
    const std::uint64_t now = count_of(pool_of(*f.now), counter);
    if (seconds <= 0 || now < then ||
        text_of(f.before->status, "started") != text_of(f.now->status, "started"))
        return {};
    return rate_text(static_cast<double>(now - then) / seconds);
}

constexpr auto rates =
    std::to_array<std::pair<const char*, const char*>>({{"acquires", "acquires"},
                                                        {"waited", "waited"},
                                                        {"timeouts", "timeouts"},
                                                        {"unavailable", "unavailable"},
                                                        {"connects_ok", "connects"},
                                                        {"connects_failed", "failed connects"}});

line rates_line(const top_facts& f) {
    const bool known = !rate(f, "acquires").empty();
    line out = labelled(known ? "rates" : "so far");
    std::string separator;
    for (const auto& [counter, name] : rates) {
        const std::string value =
            known ? rate(f, counter) : number(count_of(pool_of(*f.now), counter));
        const bool bad = std::string_view(counter) != "acquires" &&
                         std::string_view(counter) != "connects_ok" && value != "0/s" &&
                         value != "0";
        out.add(separator).add(value, bad ? tone::bad : tone::plain).add(std::string(" ") + name);
        separator = "  ";
    }
    return out;
}

line daemon_line(const json::value& s) {
    line out = labelled("daemon");
    out.add_word(text_of(s, "state"));
    out.add(", version " + text_of(s, "version") + ", pid " + text_of(s, "pid"));
    if (const auto uptime = number_of(s, "uptime_s"))
        out.add(", up " + format_seconds(*uptime));
    if (const auto crashes = count_of(s, "crashes"); crashes > 0)
        out.add(", " + number(crashes) + (crashes == 1 ? " crash" : " crashes"), tone::bad);
    return out;
}

line database_line(const json::value& s) {
    line out = labelled("database");
    out.add_word(text_of(s, "database"));
    if (const std::string target = text_of(s, "target"); !target.empty())
        out.add(", " + target);
    if (const std::string version = text_of(s, "server_version"); !version.empty())
        out.add(", PostgreSQL " + version);
    return out;
}

/// [##=+....]: lent, idle, on the way, room.
line pool_line(const json::value& p) {
    constexpr std::uint64_t longest = 40;
    const std::uint64_t size = std::max<std::uint64_t>(count_of(p, "size"), 1);
    const std::uint64_t width = std::min(size, longest);
    const std::uint64_t live = count_of(p, "live");
    const std::uint64_t leased = count_of(p, "leased");
    const std::uint64_t idle = count_of(p, "idle");
    const auto places = [&](std::uint64_t n) {
        return std::min((n * width + size - 1) / size, width);
    };
    const std::uint64_t a = places(leased);
    const std::uint64_t b = std::max(places(leased + idle), a);
    const std::uint64_t c = std::max(places(live), b);
    line out = labelled("pool");
    out.add_word(text_of(p, "state")).add("  [");
    out.add(std::string(a, '#'), leased >= size ? tone::bad : tone::good);
    out.add(std::string(b - a, '=') + std::string(c - b, '+'));
    out.add(std::string(width - c, '.'), tone::faint).add("]  ");
    out.add(number(live) + " of " + number(count_of(p, "size")) + ": " + number(leased) +
            " lent, " + number(idle) + " idle");
    for (const char* state : {"connecting", "pinging", "resetting", "closing"})
        if (const auto n = count_of(p, state); n > 0)
            out.add(", " + number(n) + " " + state);
    return out;
}

line waiting_line(const json::value& p) {
    const std::uint64_t waiters = count_of(p, "waiters");
    line out = labelled("waiting");
    if (waiters == 0)
        out.add("nobody");
    else
        out.add(number(waiters) + ", the first for " +
                    format_seconds(number_of(p, "longest_wait_s").value_or(0)),
                tone::bad);
    return out.add("; at most " + number(count_of(p, "waiters_max")) + " so far");
}

std::string percentiles(const json::value& p, const std::string& what) {
    const auto p50 = number_of(p, what + "_p50_s");
    const auto p99 = number_of(p, what + "_p99_s");
    if (!p50 || !p99 || *p99 <= 0)
        return {};
    return "p50 " + format_seconds(*p50) + ", p99 " + format_seconds(*p99);
}

void add_times(std::vector<line>& out, const json::value& p) {
    const std::string wait = percentiles(p, "wait");
    const std::string connect = percentiles(p, "connect");
    if (wait.empty() && connect.empty())
        return;
    line l = labelled("times");
    if (!wait.empty())
        l.add("wait " + wait + (connect.empty() ? "" : "; "));
    if (!connect.empty())
        l.add("connect " + connect);
    out.push_back(std::move(l));
}

void add_outage(std::vector<line>& out, const json::value& s, const json::value& p) {
    const std::uint64_t outages = count_of(p, "outages");
    line l = labelled("outage");
    if (const auto age = number_of(p, "outage_age_s")) {
        l.add("for " + format_seconds(*age) + ", " +
                  counted(count_of(p, "outage_attempts"), "failed attempt"),
              tone::bad);
        const auto retry = number_of(p, "retry_in_s");
        l.add(!retry           ? ""
              : *retry < 0.001 ? ", the next is under way"
                               : ", next attempt in " + format_seconds(*retry));
    } else {
        l.add(outages == 0 ? "none so far" : "none; " + number(outages) + " so far");
    }
    out.push_back(std::move(l));
    std::string why = text_of(s, "database_error");
    if (const json::value* e = member(p, "last_error"); why.empty() && e != nullptr)
        why = text_of(*e, "message");
    if (!why.empty())
        out.push_back(labelled("").add(why, tone::bad));
}

void add_migrations(std::vector<line>& out, const json::value& s) {
    if (const json::value* m = member(s, "migrations")) {
        line l = labelled("migrations");
        l.add_word(text_of(*m, "state"));
        if (const std::string progress = text_of(*m, "progress"); !progress.empty())
            l.add(" " + progress);
        if (member(*m, "applied") != nullptr)
            l.add(", " + number(count_of(*m, "applied")) + " applied, " +
                  number(count_of(*m, "pending")) + " pending");
        out.push_back(std::move(l));
    }
    const json::value* op = member(s, "operation");
    if (op == nullptr)
        return;
    line l = labelled("operation");
    l.add(text_of(*op, "kind") + " " + text_of(*op, "id"));
    if (const std::string progress = text_of(*op, "progress"); !progress.empty())
        l.add(", " + progress, tone::good);
    l.add(", by " + text_of(*op, "requested_by") + " since " + text_of(*op, "started"));
    out.push_back(std::move(l));
    if (const std::string blocker = text_of(*op, "blocked_by"); !blocker.empty())
        out.push_back(labelled("").add("waits for " + blocker, tone::bad));
}

struct group {
    std::uint64_t count = 0;
    double oldest = 0;
};

/// By purpose, the oldest first.
std::vector<std::pair<std::string, group>> by_purpose(const json::value& p, std::string_view key) {
    std::map<std::string, group> groups;
    if (const json::value* all = member(p, key); all != nullptr && all->is_array())
        for (const json::value& one : all->get_array()) {
            group& g = groups[text_of(one, "purpose")];
            ++g.count;
            g.oldest = std::max(g.oldest, number_of(one, "age_s").value_or(0));
        }
    std::vector<std::pair<std::string, group>> out(groups.begin(), groups.end());
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
        return a.second.oldest > b.second.oldest;
    });
    return out;
}

/// A head and a row for each purpose, in `room` lines.
void add_table(std::vector<line>& out, const std::string& head,
               const std::vector<std::pair<std::string, group>>& rows, std::size_t room) {
    if (rows.empty() || room < 2)
        return;
    out.push_back(line(head, tone::faint));
    const std::size_t fits = rows.size() <= room - 1 ? rows.size() : room - 2;
    for (std::size_t i = 0; i < fits; ++i) {
        std::array<char, 64> numbers{};
        std::snprintf(numbers.data(), numbers.size(), "%6llu  %-12s",
                      static_cast<unsigned long long>(rows[i].second.count),
                      format_seconds(rows[i].second.oldest).c_str());
        out.push_back(line(numbers.data()).add(rows[i].first));
    }
    if (fits < rows.size())
        out.push_back(line("        and " + number(rows.size() - fits) + " more", tone::faint));
}

void add_tables(std::vector<line>& out, const json::value& p, std::size_t room) {
    const auto leases = by_purpose(p, "leases");
    const auto waiting = by_purpose(p, "waiting");
    // Each needs a head and, to begin with, a blank line for both together.
    if (leases.empty() && waiting.empty())
        return;
    out.emplace_back();
    room -= room > 0 ? 1 : 0;
    const std::size_t of_leases = leases.empty() ? 0 : leases.size() + 1;
    const std::size_t of_waiting = waiting.empty() ? 0 : waiting.size() + 1;
    std::size_t first = room;
    if (of_leases + of_waiting > room)
        first = of_waiting == 0 ? room : std::max(room / 2, room - std::min(room, of_waiting));
    const std::size_t begin = out.size();
    add_table(out, "  LENT  LONGEST     PURPOSE", leases, first);
    const std::size_t used = out.size() - begin;
    add_table(out, "WAITING LONGEST     PURPOSE", waiting, room - std::min(room, used));
}

line head_line(const top_facts& f) {
    if (f.unreachable_since) {
        line out("headspaced unreachable for " + format_elapsed(f.at - *f.unreachable_since),
                 tone::bad);
        return out.add(f.interval ? ", retrying: " : ": ").add(f.unreachable_why);
    }
    const json::value& s = f.now->status;
    line out("headspaced ");
    out.add_word(text_of(s, "status"));
    return out.add(" since " + text_of(s, "since"));
}

} // namespace

std::vector<std::string> top_lines(const top_facts& f, screen_size size, const style& look) {
    const std::size_t height = size.height == 0 ? 100'000 : size.height;
    std::vector<line> out{head_line(f)};
    line foot;
    if (f.interval)
        foot = line("q quits; every " + format_duration(*f.interval), tone::faint);
    const std::size_t last = f.interval && height > 2 ? 1 : 0;
    if (f.unreachable_since && f.now)
        out.emplace_back("what it said last, " + format_elapsed(f.at - f.now->at) + " ago:",
                         tone::faint);
    if (f.now) {
        const json::value& s = f.now->status;
        const json::value& p = pool_of(*f.now);
        out.push_back(daemon_line(s));
        out.push_back(database_line(s));
        add_outage(out, s, p);
        out.push_back(pool_line(p));
        out.push_back(waiting_line(p));
        out.push_back(rates_line(f));
        add_times(out, p);
        add_migrations(out, s);
        if (out.size() + last < height)
            add_tables(out, p, height - last - out.size());
    }
    if (out.size() + last > height)
        out.resize(height - last);
    if (last > 0) {
        if (size.height != 0)
            out.resize(height - last); // the foot is at the foot
        out.push_back(std::move(foot));
    }
    std::vector<std::string> painted;
    painted.reserve(out.size());
    for (const line& l : out)
        painted.push_back(l.painted(size.width, look));
    return painted;
}

} // namespace headspace::ctl
