// One login at one address, by libpq's non-blocking API.
#pragma once

#include "pg/handle.hpp"
#include "pg/parameters.hpp"
#include "pg/sqlstate.hpp"

#include <memory>
#include <optional>

namespace headspace::pg {

struct time_limit {
    time_point until;
    duration length; // from its beginning, for messages
};

/// Connects `target`; nothing when it worked, else what went wrong and `target` is finished.
asio::awaitable<std::optional<connect_failure>> connect_once(std::shared_ptr<handle> target,
                                                             parameters what, time_limit limit);

} // namespace headspace::pg
