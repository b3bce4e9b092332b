// One statement after it was handed to libpq: sends the rest of it and reads every result, without
// blocking. Knows nothing of sessions.
#pragma once

#include "base/time.hpp"
#include "pg/handle.hpp"
#include "pg/session.hpp"

#include <memory>
#include <optional>

namespace headspace::pg {

struct exchange_outcome {
    query_result rows;            // of the last statement that succeeded
    std::optional<error> failure; // the first; after a kill it alone holds the SQLSTATE
    bool fatal = false;           // the server ends the connection
    bool copying = false;         // COPY wants data that we never send: the connection is of no use
    error_code stuck;             // errc::timed_out, or operation_aborted when cancelled or closed
};

/// Runs until the last result or `until`. When `stuck` is set results are outstanding. `target` is
/// detached when libpq closed its socket.
asio::awaitable<exchange_outcome> exchange(std::shared_ptr<handle> target, time_point until);

/// Reads what has come, without waiting; false when the connection is gone.
bool consume(handle& target) noexcept;

} // namespace headspace::pg
