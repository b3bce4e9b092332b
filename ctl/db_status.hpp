// What the database's ledger says, as `db current` and `db status` print it. Pure.
#pragma once

#include "ctl/render.hpp"

#include <boost/json/value.hpp>

#include <string>

namespace headspace::ctl {

/// "20261121100000 (head)", a line for each current revision; nothing at base. `verbose` in
/// Alembic's several lines. `migrations` is the body of GET /v1/migrations.
[[nodiscard]] std::string render_current(const boost::json::value& migrations, bool verbose);

[[nodiscard]] std::string render_migrations(const boost::json::value& migrations,
                                            const style& look);

/// Every head is applied.
[[nodiscard]] bool at_heads(const boost::json::value& migrations);

} // namespace headspace::ctl
