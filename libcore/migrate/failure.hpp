// The words for a migration that failed: where in which file, what the server said, what remains.
// Pure.
#pragma once

#include "migrate/plan.hpp"

#include <cstdint>

namespace headspace::migrate {

/// `why` as the server said it of statement `k` (from 1; 0: of our own bookkeeping around it);
/// `prefix` characters were put before the statement's text. Codes: migration_failed for
/// query_failed, everything else as it was.
error describe_failure(const planned_step& step, std::uint32_t k, const error& why,
                       std::size_t prefix = 0);

/// "nothing of this migration was kept": what of the step is there after statement `k` failed.
[[nodiscard]] std::string what_remains(const planned_step& step, std::uint32_t k);

/// lock_timeout: retries are used up.
error describe_lock_timeout(const planned_step& step, std::uint32_t k, const error& why,
                            const std::optional<lock_holder>& blocker, duration waited);

/// statement_undecided.
error describe_undecided(const planned_step& step, std::uint32_t k);

/// Lock not available, deadlock, serialisation: the same transaction may well succeed later.
[[nodiscard]] bool worth_retrying(const error& why);

/// The server refuses the statement in a transaction block.
[[nodiscard]] bool wants_no_transaction(const error& why);

/// A full disk, no memory, too many of something, an I/O error: the server's trouble and not the
/// statement's.
[[nodiscard]] bool is_short_of_resources(const error& why);

/// That, or cancelled, or shut down: no other statement would have fared better.
[[nodiscard]] bool blames_the_server(const error& why);

} // namespace headspace::migrate
