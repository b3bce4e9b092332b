// The answer of GET /v1/migrations from what was read. Pure.
#pragma once

#include "migrate/ledger_row.hpp"
#include "migrate/status.hpp"
#include "revisions/directory.hpp"

#include <string>

namespace headspace::migrate {

migration_status status_of(std::string directory, const result<revisions::directory>& files,
                           const result<ledger_state>& ledger, bool pooled);

} // namespace headspace::migrate
