#include "log/record.hpp"

#include "base/text.hpp"
#include "log/event_ids.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace headspace::log {

namespace {

constexpr char separator = '\x1e';

void append_clean(std::string& out, std::string_view text) {
    std::remove_copy(text.begin(), text.end(), std::back_inserter(out), separator);
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') ||
                                std::string_view("-._~").find(c) != std::string_view::npos;
        if (unreserved) {
            out += c;
        } else {
            std::array<char, 4> hex{};
            std::snprintf(hex.data(), hex.size(), "%%%02X", static_cast<unsigned char>(c));
            out += hex.data();
        }
    }
    return out;
}

void replace_all(std::string& text, std::string_view what) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 3))
        text.replace(at, what.size(), "***");
}

std::string_view colour_of(log_level level) {
    switch (level) {
    case log_level::trace:
    case log_level::debug:
        return "\x1b[2m";
    case log_level::info:
        return "\x1b[32m";
    case log_level::warning:
        return "\x1b[33m";
    case log_level::error:
    case log_level::critical:
        return "\x1b[31m";
    }
    return "";
}

int priority_of(log_level level) {
    switch (level) {
    case log_level::trace:
    case log_level::debug:
        return 7;
    case log_level::info:
        return 6;
    case log_level::warning:
        return 4;
    case log_level::error:
        return 3;
    case log_level::critical:
        return 2;
    }
    return 6;
}

} // namespace

std::string encode(const log_event& event) {
    std::string out;
    append_clean(out, event.message);
    out += separator;
    append_clean(out, event.name);
    for (const auto& [key, value] : event.fields) {
        out += separator;
        append_clean(out, key);
        out += '=';
        append_clean(out, value);
    }
    return out;
}

log_event decode(std::string_view record) {
    const auto parts = split(record, separator);
    log_event event;
    event.message = parts[0];
    if (parts.size() > 1)
        event.name = parts[1];
    for (std::size_t i = 2; i < parts.size(); ++i) {
        const auto equals = parts[i].find('=');
        if (equals != std::string::npos)
            event.fields.emplace_back(parts[i].substr(0, equals), parts[i].substr(equals + 1));
    }
    return event;
}

std::string text_line(const log_event& event, wall_time at, bool colour) {
    std::string stamp = format_utc(at);
    stamp[10] = ' ';
    std::string level(to_string(event.level));
    level.resize(std::max<std::size_t>(8, level.size() + 1), ' '); // "critical" is the longest
    if (colour)
        return "\x1b[2m" + stamp + "\x1b[0m " + std::string(colour_of(event.level)) + level +
               "\x1b[0m" + event.message;
    return stamp + " " + level + event.message;
}

std::string json_line(const log_event& event, wall_time at) {
    boost::json::object line;
    line["time"] = format_utc(at);
    line["level"] = to_string(event.level);
    line["message"] = event.message;
    if (!event.name.empty())
        line["event"] = event.name;
    for (const auto& [key, value] : event.fields)
        line.emplace(to_lower(key), value);
    return boost::json::serialize(line);
}

std::vector<std::string> journal_fields(const log_event& event) {
    std::vector<std::string> fields{"MESSAGE=" + event.message,
                                    "PRIORITY=" + std::to_string(priority_of(event.level)),
                                    "SYSLOG_IDENTIFIER=headspaced"};
    if (!event.name.empty())
        fields.push_back("HEADSPACE_EVENT=" + event.name);
    if (const std::string_view id = message_id(event.name); !id.empty())
        fields.push_back("MESSAGE_ID=" + std::string(id));
    for (const auto& [key, value] : event.fields)
        fields.push_back((key == "SQLSTATE" || key == "ERRNO" ? key : "HEADSPACE_" + key) + "=" +
                         value);
    return fields;
}

std::string redact(std::string text, std::span<const secret> secrets) {
    constexpr std::size_t shortest = 4;
    for (const secret& hidden : secrets) {
        if (hidden.reveal().size() < shortest)
            continue;
        replace_all(text, hidden.reveal());
        const std::string encoded = percent_encoded(hidden.reveal());
        if (encoded != hidden.reveal())
            replace_all(text, encoded);
    }
    return text;
}

} // namespace headspace::log
