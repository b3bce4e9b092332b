// What the end of an ordered upgrade means for health, and whether its reason is worth a new log
// line. Pure.
#pragma once

#include "base/error.hpp"
#include "health/report.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace headspace::daemon {

/// failed (the SQL), refused, waiting (the lock), none (no directory), unknown (the connection went
/// away or never came: it is tried again).
[[nodiscard]] health::migrations_state verdict_of(const error& e) noexcept;

/// How a run of migrations ended, as one word for the metrics; nothing for `e`: it succeeded.
inline constexpr auto run_outcomes = std::to_array<std::string_view>(
    {"succeeded", "failed", "refused", "waiting", "cancelled", "unavailable"});
[[nodiscard]] std::string_view run_outcome(const error* e) noexcept;

/// Remembers how the last ordered upgrade ended and lets a later look at the ledger correct it.
class upgrade_verdict {
public:
    /// The line to log at error level, or nothing when it says the same as the last one.
    /// `said_by_pool`: a lost connection has its own line and leaves no verdict behind.
    std::optional<std::string> failed(const error& e, bool said_by_pool = true);
    void succeeded() { *this = {}; }

    /// The state to show, given what the ledger says: a verdict stands until the ledger is current.
    health::migrations_state seen(health::migrations_state in_ledger);
    [[nodiscard]] bool stands() const noexcept { return verdict_.has_value(); }

private:
    std::optional<health::migrations_state> verdict_;
    std::string said_;
};

} // namespace headspace::daemon
