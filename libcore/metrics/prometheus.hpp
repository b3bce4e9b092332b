// The Prometheus text format, version 0.0.4, and OpenMetrics 1.0, from plain data. Whoever collects
// the numbers names the families; nothing here knows what they mean.
#pragma once

#include "metrics/buckets.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headspace::metrics {

enum class family_kind { counter, gauge, histogram };

using labels = std::vector<std::pair<std::string, std::string>>;

struct sample {
    std::string suffix; // "_bucket", "_sum", "_count" of a histogram; else empty
    labels by;
    double value = 0;
};

struct family {
    std::string name; // headspace_pool_waiting; of a counter with _total
    std::string help;
    family_kind kind = family_kind::gauge;
    std::vector<sample> samples; // none: the value is not known
};

[[nodiscard]] family make_counter(std::string name, std::string help, double value, labels by = {});
[[nodiscard]] family make_gauge(std::string name, std::string help, double value, labels by = {});
/// In seconds, cumulative, with le="+Inf" last.
[[nodiscard]] family make_histogram(std::string name, std::string help, const buckets& times,
                                    const labels& by = {});

enum class text_format { prometheus, openmetrics };

/// What an Accept header asks for: OpenMetrics only when it is named, whatever its weight.
[[nodiscard]] text_format choose_text_format(std::string_view accept);
/// The Content-Type that belongs to it.
[[nodiscard]] std::string_view content_type(text_format format);

/// Every family with its HELP and TYPE line; ends with a line feed, in OpenMetrics after # EOF.
[[nodiscard]] std::string render(std::span<const family> families,
                                 text_format format = text_format::prometheus);

} // namespace headspace::metrics
