#include "base/text.hpp"
#include "ctl/render.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

std::string number(std::uint64_t n) {
    return std::to_string(n);
}

/// "2 idle, 1 leased": the states that hold a connection now; idle and leased always.
std::string by_state(const json::value& pool) {
    static constexpr auto states = std::to_array<std::string_view>(
        {"idle", "leased", "connecting", "pinging", "resetting", "closing"});
    std::vector<std::string> parts;
    for (const std::string_view state : states)
        if (const auto n = count_of(pool, state); n > 0 || state == "idle" || state == "leased")
            parts.push_back(number(n) + " " + std::string(state));
    return join(parts, ", ");
}

std::string connections(const json::value& pool) {
    return number(count_of(pool, "live")) + " of " + number(count_of(pool, "size"));
}

std::string percentiles(const json::value& pool, const std::string& what) {
    const auto p50 = number_of(pool, what + "_p50_s");
    const auto p99 = number_of(pool, what + "_p99_s");
    if (!p50 || !p99 || *p99 <= 0) // nothing measured yet
        return {};
    return "p50 " + format_seconds(*p50) + ", p99 " + format_seconds(*p99);
}

std::string last_error(const json::value& pool) {
    const json::value* e = member(pool, "last_error");
    if (e == nullptr)
        return {};
    std::string out = text_of(*e, "message");
    const std::string state = text_of(*e, "sqlstate");
    if (!state.empty() && out.find(state) == std::string::npos)
        out += " (" + state + ")";
    if (const auto age = number_of(pool, "last_error_age_s"))
        out += ", " + format_seconds(*age) + " ago";
    if (const std::string hint = text_of(*e, "hint"); !hint.empty())
        out += "\n" + hint;
    if (const auto retry = number_of(pool, "retry_in_s"))
        out +=
            *retry < 0.001 ? "\nnext attempt now" : "\nnext attempt in " + format_seconds(*retry);
    return out;
}

std::string closed(const json::value& pool) {
    std::vector<std::string> parts;
    if (const json::value* reasons = member(pool, "closed"); reasons && reasons->is_object())
        for (const auto& one : reasons->get_object())
            if (count_of(*reasons, one.key()) > 0)
                parts.push_back(number(count_of(*reasons, one.key())) + " " +
                                std::string(one.key()));
    return join(parts, ", ");
}

std::string leases(const json::value& pool) {
    const json::value* list = member(pool, "leases");
    if (list == nullptr || !list->is_array())
        return {};
    std::vector<std::string> lines;
    for (const json::value& lease : list->get_array())
        lines.push_back(text_of(lease, "purpose") + ", for " +
                        format_seconds(number_of(lease, "age_s").value_or(0)));
    return join(lines, "\n");
}

} // namespace

std::string pool_summary(const json::value& pool, const style& look) {
    return look.word(text_of(pool, "state")) + ": " + connections(pool) + " connections (" +
           by_state(pool) + "), " + number(count_of(pool, "waiters")) + " waiting";
}

std::string render_pool(const json::value& pool, const style& look) {
    sheet out;
    out.row("state", look.word(text_of(pool, "state")));
    out.row("connections", connections(pool) + ": " + by_state(pool));
    out.row("waiting", number(count_of(pool, "waiters")) + ", at most " +
                           number(count_of(pool, "waiters_max")) + " so far");
    out.row("acquires", number(count_of(pool, "acquires")) + ": " +
                            number(count_of(pool, "waited")) + " waited, " +
                            number(count_of(pool, "timeouts")) + " timed out, " +
                            number(count_of(pool, "unavailable")) + " unavailable, " +
                            number(count_of(pool, "queue_full")) + " queue full, " +
                            number(count_of(pool, "cancelled")) + " cancelled");
    out.row("wait", percentiles(pool, "wait"));
    out.row("connects", number(count_of(pool, "connects_ok")) + " ok, " +
                            number(count_of(pool, "connects_failed")) + " failed");
    out.row("connecting", percentiles(pool, "connect"));
    if (const auto age = number_of(pool, "last_alive_age_s"))
        out.row("last answer", format_seconds(*age) + " ago");
    out.row("closed", closed(pool));
    out.row("generation", text_of(pool, "generation"));
    out.row("last error", last_error(pool));
    out.row("leases", leases(pool));
    return out.text(look.width);
}

} // namespace headspace::ctl
