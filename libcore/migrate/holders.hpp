// Who holds what we wait for, asked of the server's catalogue.
#pragma once

#include "migrate/progress.hpp"
#include "pg/session.hpp"
#include "revisions/ledger_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headspace::migrate {

/// Advisory locks are pairs of integers within one database. Both are session-independent
/// constants: every headspaced of every version uses the same.
namespace lock_key {
inline constexpr std::int32_t space = revisions::ledger_lock_space;
std::int32_t exclusive(); // one run at a time
std::int32_t marker();    // held, shared, by backends that migrate
} // namespace lock_key

inline constexpr std::size_t holder_fields = 7;
/// Columns of a query that row_holder() reads, so many; `a` is pg_stat_activity.
[[nodiscard]] std::string holder_columns();
[[nodiscard]] lock_holder row_holder(const pg::query_result& r, std::size_t row);

/// The holder of the exclusive key; nothing when nobody holds it (any more). By the simple
/// protocol, so that no snapshot stays behind in the transaction that asks.
asio::awaitable<std::optional<lock_holder>> find_lock_holder(pg::session& session,
                                                             time_point until);

/// The first backend that blocks `pid`; nothing when none does.
asio::awaitable<std::optional<lock_holder>> find_blocker(pg::session& session, std::int64_t pid,
                                                         time_point until);

} // namespace headspace::migrate
