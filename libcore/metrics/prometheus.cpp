#include "metrics/prometheus.hpp"

#include <charconv>
#include <cmath>

namespace headspace::metrics {

namespace {

std::string_view word(family_kind kind) {
    switch (kind) {
    case family_kind::counter:
        return "counter";
    case family_kind::gauge:
        return "gauge";
    case family_kind::summary:
        return "summary";
    }
    return "untyped";
}

std::string number(double value) {
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    char buffer[32];
    const auto [end, ec] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return {buffer, end};
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

void append_sample(std::string& out, const family& f, const sample& s) {
    out += f.name + s.suffix;
    char separator = '{';
    for (const auto& [name, value] : s.labels) {
        out += separator + name + "=\"";
        append_escaped(out, value, true);
        out += '"';
        separator = ',';
    }
    if (!s.labels.empty())
        out += '}';
    out += ' ' + number(s.value) + '\n';
}

} // namespace

family make_counter(std::string name, std::string help, double value) {
    return {std::move(name), std::move(help), family_kind::counter, {{{}, {}, value}}};
}

family make_gauge(std::string name, std::string help, double value) {
    return {std::move(name), std::move(help), family_kind::gauge, {{{}, {}, value}}};
}

family make_summary(std::string name, std::string help, const histogram& times) {
    constexpr double second = 1e9;
    family f{std::move(name), std::move(help), family_kind::summary, {}};
    for (const auto& [label, q] : {std::pair{"0.5", 0.5}, {"0.9", 0.9}, {"0.99", 0.99}})
        f.samples.push_back(
            {{}, {{"quantile", label}}, static_cast<double>(times.quantile(q)) / second});
    f.samples.push_back({"_sum", {}, static_cast<double>(times.sum()) / second});
    f.samples.push_back({"_count", {}, static_cast<double>(times.count())});
    return f;
}

std::string render_prometheus(std::span<const family> families) {
    std::string out;
    for (const family& f : families) {
        out += "# HELP " + f.name + ' ';
        append_escaped(out, f.help, false);
        out += "\n# TYPE " + f.name + ' ' + std::string(word(f.kind)) + '\n';
        for (const sample& s : f.samples)
            append_sample(out, f, s);
    }
    return out;
}

} // namespace headspace::metrics
