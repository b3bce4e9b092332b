// What was edited after it had been applied. Internal to migrate/plan; pure.
#pragma once

#include "migrate/plan.hpp"

#include <string>

namespace headspace::migrate {

/// Whether the file is not what was applied any more. Partial rows do not count: what of them ran
/// is guarded statement by statement.
[[nodiscard]] bool is_edited(const revisions::script& file, const ledger_row& row);

/// From what the row has stored to what the file says, passwords blanked; "" without stored texts.
/// The ledger keeps message, parents and both halves, but no other comment above them: where only
/// such a one changed, one line says so.
[[nodiscard]] std::string edit_diff(const revisions::script& file, const ledger_row& row);

} // namespace headspace::migrate
