// Asks a primary for its timeline.
#pragma once

#include "pg/session.hpp"
#include "pg/timelines.hpp"

#include <optional>

namespace headspace::pg {

/// Nothing where the server does not tell (some managed services refuse these functions). Errors:
/// only those that broke the session.
asio::awaitable<result<std::optional<server_identity>>> identify(session& primary,
                                                                 time_point until);

} // namespace headspace::pg
