// PGresult as values of ours.
#pragma once

#include "pg/handle.hpp"
#include "pg/session.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace headspace::pg {

/// The rows, in text.
[[nodiscard]] query_result rows_of(const PGresult* result);

/// The error that an unsuccessful result carries: query_failed, classified.
[[nodiscard]] error error_of(const PGresult* result);

/// True when it says that the server's side of the connection ends (FATAL, PANIC).
[[nodiscard]] bool is_fatal(const PGresult* result);

[[nodiscard]] notice notice_of(const PGresult* result);

} // namespace headspace::pg
