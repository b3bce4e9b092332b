// One login at one address, by libpq's non-blocking API.
#pragma once

#include "pg/handle.hpp"
#include "pg/parameters.hpp"
#include "pg/sqlstate.hpp"

#include <memory>
#include <optional>

namespace headspace::pg {

/// Connects `target` until `until`; nothing when it worked, else what went wrong and `target` is
/// finished. `limit` is how long that is, for the message.
asio::awaitable<std::optional<connect_failure>>
connect_once(std::shared_ptr<handle> target, parameters what, time_point until, duration limit);

} // namespace headspace::pg
