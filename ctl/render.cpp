#include "ctl/render.hpp"

#include "base/time.hpp"
#include "ctl/table.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

constexpr auto good_words =
    std::to_array<std::string_view>({"healthy", "connected", "ok", "current", "up", "running"});
constexpr auto bad_words = std::to_array<std::string_view>(
    {"degraded", "disconnected", "unavailable", "exhausted", "failed", "refused", "down"});

template<std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

} // namespace

std::string style::paint(tone t, std::string_view text) const {
    if (!color || t == tone::plain || text.empty())
        return std::string(text);
    const char* code = t == tone::good ? "\x1b[32m" : t == tone::bad ? "\x1b[31m" : "\x1b[2m";
    return code + std::string(text) + "\x1b[0m";
}

std::string style::word(std::string_view text) const {
    return paint(contains(good_words, text)  ? tone::good
                 : contains(bad_words, text) ? tone::bad
                                             : tone::plain,
                 text);
}

std::string paint_diff(std::string_view diff, const style& look) {
    std::string out;
    for (int number = 0; !diff.empty(); ++number) {
        const std::string_view line = diff.substr(0, diff.find('\n'));
        diff.remove_prefix(std::min(diff.size(), line.size() + 1));
        const bool head = number < 2; // "--- " and "+++ "
        out += look.paint(head || line.starts_with("@@") ? tone::faint
                          : line.starts_with('+')        ? tone::good
                          : line.starts_with('-')        ? tone::bad
                                                         : tone::plain,
                          line) +
               "\n";
    }
    return out;
}

void sheet::row(std::string label, std::string value) {
    if (!value.empty())
        rows_.emplace_back(std::move(label), std::move(value));
}

std::string sheet::text(std::size_t width) const {
    table out({{.head = ""}, {.head = "", .when = narrow::wrap}});
    for (const auto& [label, value] : rows_)
        out.row({label, value});
    return out.text(width);
}

const json::value* member(const json::value& value, std::string_view key) {
    const json::object* object = value.if_object();
    const json::value* found = object == nullptr ? nullptr : object->if_contains(key);
    return found == nullptr || found->is_null() ? nullptr : found;
}

std::string text_of(const json::value& value, std::string_view key) {
    const json::value* found = member(value, key);
    if (found == nullptr)
        return {};
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

std::optional<double> number_of(const json::value& value, std::string_view key) {
    const json::value* found = member(value, key);
    if (found == nullptr || !found->is_number())
        return std::nullopt;
    return found->to_number<double>();
}

std::uint64_t count_of(const json::value& value, std::string_view key) {
    const auto number = number_of(value, key);
    return number && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

std::vector<std::string> texts_of(const json::value& value, std::string_view key) {
    std::vector<std::string> out;
    const json::value* found = member(value, key);
    if (found != nullptr && found->is_array())
        for (const json::value& one : found->get_array())
            out.push_back(one.is_string() ? std::string(one.get_string()) : json::serialize(one));
    return out;
}

json::array string_array(const std::vector<std::string>& all) {
    return json::array(all.begin(), all.end());
}

std::string format_seconds(double seconds) {
    if (seconds >= 10)
        return format_elapsed(std::chrono::duration_cast<duration>(
            std::chrono::duration<double>(std::min(seconds, 3.0e9))));
    std::array<char, 32> buffer{};
    if (seconds >= 1)
        std::snprintf(buffer.data(), buffer.size(), "%.1f s", seconds);
    else if (seconds >= 0.01)
        std::snprintf(buffer.data(), buffer.size(), "%.0f ms", seconds * 1e3);
    else
        std::snprintf(buffer.data(), buffer.size(), "%.2f ms", seconds * 1e3);
    return buffer.data();
}

std::string stale_primaries(const boost::json::value& answer) {
    std::string out;
    const boost::json::value* all = member(answer, "stale_primaries");
    if (all == nullptr || !all->is_array())
        return out;
    for (const boost::json::value& one : all->get_array())
        out += (out.empty() ? "" : "\n") + text_of(one, "host") +
               " is a stale primary and is not used: timeline " + text_of(one, "timeline") + ", " +
               text_of(one, "highest") + " was seen";
    return out;
}

} // namespace headspace::ctl
