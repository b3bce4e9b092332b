#include "metrics/prometheus.hpp"

#include <charconv>
#include <cmath>

namespace headspace::metrics {

namespace {

constexpr double nanoseconds_in_a_second = 1e9;
constexpr std::string_view total = "_total";

std::string_view word(family_kind kind) {
    switch (kind) {
    case family_kind::counter:
        return "counter";
    case family_kind::gauge:
        return "gauge";
    case family_kind::histogram:
        return "histogram";
    }
    return "untyped";
}

std::string number(double value) {
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    constexpr double exact = 9e15; // integers up to here are what they seem
    if (std::abs(value) < exact && std::trunc(value) == value)
        return std::to_string(static_cast<long long>(value));
    char buffer[32];
    const auto [end, ec] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return {buffer, end};
}

/// As OpenMetrics wants a bound: "1.0"; so that a series has one name in both formats.
std::string bound_text(duration bound) {
    char buffer[32];
    const auto [end, ec] =
        std::to_chars(buffer, buffer + sizeof buffer, std::chrono::duration<double>(bound).count(),
                      std::chars_format::fixed);
    std::string text(buffer, end);
    if (text.find('.') == std::string::npos)
        text += ".0";
    return text;
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
    for (const char c : text) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else if (c == '"' && quotes)
            out += "\\\"";
        else
            out += c;
    }
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append("=\"");
    append_escaped(out, value, true);
    out += '"';
}

void append_sample(std::string& out, const family& f, const sample& s) {
    out += f.name + s.suffix;
    char separator = '{';
    for (const auto& [name, value] : s.by) {
        out += separator;
        append_label(out, name, value);
        separator = ',';
    }
    if (!s.by.empty())
        out += '}';
    out += ' ' + number(s.value) + '\n';
}

/// OpenMetrics names a counter without what its samples end with.
std::string_view name_of(const family& f, text_format format) {
    std::string_view name = f.name;
    if (format == text_format::openmetrics && f.kind == family_kind::counter &&
        name.ends_with(total))
        name.remove_suffix(total.size());
    return name;
}

} // namespace

family make_counter(std::string name, std::string help, double value, labels by) {
    return {std::move(name), std::move(help), family_kind::counter, {{{}, std::move(by), value}}};
}

family make_gauge(std::string name, std::string help, double value, labels by) {
    return {std::move(name), std::move(help), family_kind::gauge, {{{}, std::move(by), value}}};
}

family make_histogram(std::string name, std::string help, const buckets& times, const labels& by) {
    family f{std::move(name), std::move(help), family_kind::histogram, {}};
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i <= times.bounds().size(); ++i) {
        seen += times.count_in(i);
        labels all = by;
        all.emplace_back("le", i == times.bounds().size() ? "+Inf" : bound_text(times.bounds()[i]));
        f.samples.push_back({"_bucket", std::move(all), static_cast<double>(seen)});
    }
    f.samples.push_back(
        {"_sum", by, static_cast<double>(times.nanoseconds()) / nanoseconds_in_a_second});
    f.samples.push_back({"_count", by, static_cast<double>(seen)});
    return f;
}

text_format choose_text_format(std::string_view accept) {
    return accept.find("application/openmetrics-text") == std::string_view::npos
               ? text_format::prometheus
               : text_format::openmetrics;
}

std::string_view content_type(text_format format) {
    return format == text_format::openmetrics
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

std::string render(std::span<const family> families, text_format format) {
    std::string out;
    for (const family& f : families) {
        const std::string name(name_of(f, format));
        out += "# HELP " + name + ' ';
        append_escaped(out, f.help, format == text_format::openmetrics);
        out += "\n# TYPE " + name + ' ' + std::string(word(f.kind)) + '\n';
        for (const sample& s : f.samples)
            append_sample(out, f, s);
    }
    if (format == text_format::openmetrics)
        out += "# EOF\n";
    return out;
}

} // namespace headspace::metrics
