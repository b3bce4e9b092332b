// Backends that a killed headspaced left behind: they live on until their statement ends, and a
// bare statement would still commit. Whoever gets the lock ends them before doing anything else.
#pragma once

#include "migrate/run_context.hpp"

#include <memory>
#include <vector>

namespace headspace::migrate {

/// Every statement of ours that runs outside of a transaction begins with this.
[[nodiscard]] std::string bare_comment(const planned_step& step, const run_identity& who,
                                       std::uint32_t k);

/// Ends the backends that the rows name, that run a statement with our comment, or that hold the
/// marker lock, and waits until they are gone; true when there were some. Only under the lock.
/// Errors: lock_busy with the pid after lock_wait, when this role may not end it.
asio::awaitable<result<bool>> end_orphans(std::shared_ptr<run_context> context,
                                          std::vector<ledger_row> rows);

/// Takes, gives back the marker lock on the migrating connection; nothing through a pooler, where
/// a session lock would stay behind.
asio::awaitable<result<void>> take_marker(std::shared_ptr<run_context> context);
asio::awaitable<void> drop_marker(std::shared_ptr<run_context> context);

} // namespace headspace::migrate
