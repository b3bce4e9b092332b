// A log line before it is one: library code hands these to a sink, the daemon writes them. Tests
// look at them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headspace {

enum class log_level : std::uint8_t { trace, debug, info, warning, error, critical };

[[nodiscard]] std::string_view to_string(log_level level) noexcept;

/// One thing that happened. `name` is stable (pool_down, pool_up, reload, ...) and becomes
/// HEADSPACE_EVENT in the journal; `fields` are upper-case journal fields (HOST, PORT, SQLSTATE,
/// ...) and never hold a secret.
struct log_event {
    log_level level = log_level::info;
    std::string name;
    std::string message;
    std::vector<std::pair<std::string, std::string>> fields;
};

using event_sink = std::function<void(log_event)>;

} // namespace headspace
