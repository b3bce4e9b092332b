// The pool's view of the settings, validated and reshaped once. Units, defaults and reasons stand
// in config/settings.hpp; nothing in the pool has a number of its own.
#pragma once

#include "base/time.hpp"
#include "config/conninfo.hpp"
#include "config/settings.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace headspace::pool {

struct pool_settings {
    std::uint32_t size = 10;
    std::uint32_t min_idle = 1;
    std::uint32_t max_waiters = 1000;
    std::uint32_t connect_parallelism = 4;
    duration recycle{}; // 0: for ever
    bool pre_ping = true;
    duration ping_after{};
    duration ping_timeout{};
    duration keepalive{}; // 0: never
    duration idle_timeout{};
    duration tick{};
    duration lease_warn{};
    bool reset_always = false;
    duration reset_timeout{};
    duration close_timeout{};   // also how long an operation may overrun its own deadline
    duration connect_timeout{}; // of one round, see config connect_round_timeout
    duration backoff_initial{};
    duration backoff_max{};
    duration stable_after{};
    duration operator_interval{};
    duration repeat{}; // a failure that goes on is said again that often
    /// HOST, PORT and DATABASE of every log event about the server.
    std::vector<std::pair<std::string, std::string>> log_fields;

    friend bool operator==(const pool_settings&, const pool_settings&) = default;
};

/// Of the settings in force: config has applied the profile. `min_idle` never exceeds `size`.
[[nodiscard]] pool_settings make_pool_settings(const config::settings& settings,
                                               const config::conninfo& target);

} // namespace headspace::pool
