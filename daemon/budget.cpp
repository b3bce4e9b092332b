#include "daemon/budget.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace headspace::daemon {

const std::string_view budget_query =
    "SELECT current_setting('max_connections')::int, "
    "current_setting('superuser_reserved_connections')::int + "
    "coalesce(current_setting('reserved_connections', true)::int, 0), "
    "count(*) FILTER (WHERE backend_type = 'client backend'), "
    "count(*) FILTER (WHERE application_name = $1) FROM pg_catalog.pg_stat_activity";

result<connection_budget> parse_budget(const pg::query_result& row) {
    connection_budget b;
    std::uint32_t* const numbers[] = {&b.max_connections, &b.reserved, &b.in_use, &b.ours};
    bool good = row.rows.size() == 1 && row.rows.front().size() == 4;
    for (std::size_t i = 0; good && i < 4; ++i) {
        const std::string_view text = row.text(0, i);
        good =
            std::from_chars(text.data(), text.data() + text.size(), *numbers[i]).ec == std::errc{};
    }
    if (!good)
        return make_error(errc::query_failed, error_class::bug,
                          "unexpected answer about the server's connections");
    return b;
}

log_event budget_event(const connection_budget& budget, std::uint32_t pool_size) {
    const std::uint32_t free = budget.free();
    std::string line = "pool_size " + std::to_string(pool_size) + ", the server has " +
                       std::to_string(free) + " of " + std::to_string(budget.max_connections) +
                       " connections free for us (" + std::to_string(budget.reserved) +
                       " reserved, " + std::to_string(budget.others()) + " in use by others)";
    const bool fits = pool_size <= free;
    if (!fits)
        line += ": the pool cannot grow to its size; lower database.pool_size or raise "
                "max_connections on the server";
    return {fits ? log_level::info : log_level::warning,
            "connection_budget",
            std::move(line),
            {{"POOL_SIZE", std::to_string(pool_size)}, {"FREE", std::to_string(free)}}};
}

} // namespace headspace::daemon
