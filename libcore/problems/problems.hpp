// The error catalogue: one row for each errc with its stable name, HTTP status and exit code of
// headspacectl. Pure data; it knows neither HTTP libraries nor the database.
#pragma once

#include "base/error.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace headspace::problems {

/// Exit codes of headspacectl, one table for all commands.
enum exit_code : int {
    exit_ok = 0,
    exit_no = 1,
    exit_usage = 2,
    exit_refused = 3,
    exit_busy = 4,
    exit_sql_failed = 5,
    exit_database_unavailable = 6,
    exit_daemon_unreachable = 7,
};

struct entry {
    errc code;
    std::string_view
        name; // the `code` member of application/problem+json; never changes once released
    std::string_view title; // the same for every occurrence
    int http_status;
    exit_code exit;
};

[[nodiscard]] std::span<const entry> catalogue() noexcept;

/// The row of `code`; that of errc::internal for a code that is not ours.
[[nodiscard]] const entry& find(boost::system::error_code code) noexcept;

/// By stable name, as a reply carries it; nothing when this version does not know it.
[[nodiscard]] const entry* find(std::string_view name) noexcept;

} // namespace headspace::problems
