// Does the pool fit into what the server has left? One line at the first connection.
#pragma once

#include "base/event.hpp"
#include "pg/session.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace headspace::daemon {

struct connection_budget {
    std::uint32_t max_connections = 0;
    std::uint32_t reserved = 0; // for superusers, and from 16 on for pg_use_reserved_connections
    std::uint32_t in_use = 0;   // client backends, ours included
    std::uint32_t ours = 0;     // with our application_name

    [[nodiscard]] std::uint32_t others() const noexcept { return in_use - std::min(in_use, ours); }
    /// Not to be had by us: reserved, or in use by others.
    [[nodiscard]] std::uint32_t taken() const noexcept { return reserved + others(); }
    [[nodiscard]] std::uint32_t free() const noexcept {
        return max_connections - std::min(max_connections, taken());
    }
};

/// The statement whose one row has the four numbers in order; $1 is our application_name.
extern const std::string_view budget_query;

/// Errors: query_failed when the row is not as expected.
result<connection_budget> parse_budget(const pg::query_result& row);

/// info when pool_size fits into what is free, warning when it cannot.
log_event budget_event(const connection_budget& budget, std::uint32_t pool_size);

} // namespace headspace::daemon
