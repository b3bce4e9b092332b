// Plain numbers about the pool, for health, headspacectl pool and metrics.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "metrics/buckets.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace headspace::pool {

enum class pool_state { starting, up, degraded, down, draining, closed };

/// A borrower, or one that waits to become one.
struct lease_view {
    std::string purpose;
    duration age{};
};

/// How many of those who wait a snapshot names.
inline constexpr std::size_t most_waiters_named = 20;

struct pool_snapshot {
    pool_state state = pool_state::starting;
    std::uint32_t size = 0; // the cap
    std::uint32_t live = 0, connecting = 0, idle = 0, pinging = 0, leased = 0, resetting = 0,
                  closing = 0;
    std::uint32_t waiters = 0, waiters_max = 0;
    duration longest_wait{}; // of those who wait now
    std::uint64_t generation = 0;
    std::optional<duration> retry_in; // while down: until the next attempt
    std::optional<error> last_error;  // of the last failed connect; empty once one succeeded
    std::optional<duration> last_error_age;
    std::optional<duration> outage_age;     // while down: since its first failure
    std::uint64_t outage_attempts = 0;      // and the failed attempts since
    std::optional<duration> last_alive_age; // since the server last answered anything
    std::uint64_t acquires = 0, waited = 0, timeouts = 0, unavailable = 0, queue_full = 0,
                  cancelled = 0;
    std::uint64_t connects_ok = 0, connects_failed = 0, pings = 0, rollbacks_on_return = 0;
    std::uint64_t outages = 0; // that have begun
    duration wait_p50{}, wait_p99{}, connect_p50{}, connect_p99{};
    metrics::buckets waits{metrics::short_bounds};    // of each acquire that was served
    metrics::buckets connects{metrics::short_bounds}; // of each connect that succeeded
    std::map<std::string, std::uint64_t> closed;      // by reason, see close_reason
    std::vector<lease_view> leases;
    std::vector<lease_view> waiting; // the first in line, at most most_waiters_named
};

} // namespace headspace::pool
