// The Prometheus text format, version 0.0.4, from plain data. Whoever collects the numbers names
// the families; nothing here knows what they mean.
#pragma once

#include "metrics/histogram.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headspace::metrics {

enum class family_kind { counter, gauge, summary };

struct sample {
    std::string suffix; // "_sum", "_count" of a summary; else empty
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;
};

struct family {
    std::string name; // headspace_pool_waiters; of a counter with _total
    std::string help;
    family_kind kind = family_kind::gauge;
    std::vector<sample> samples;
};

[[nodiscard]] family make_counter(std::string name, std::string help, double value);
[[nodiscard]] family make_gauge(std::string name, std::string help, double value);
/// Quantiles 0.5, 0.9 and 0.99 in seconds of a histogram of nanoseconds.
[[nodiscard]] family make_summary(std::string name, std::string help, const histogram& times);

/// Every family with its HELP and TYPE line; ends with a line feed.
[[nodiscard]] std::string render_prometheus(std::span<const family> families);

/// The Content-Type that belongs to it.
inline constexpr std::string_view prometheus_content_type =
    "text/plain; version=0.0.4; charset=utf-8";

} // namespace headspace::metrics
