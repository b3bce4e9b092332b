// What a plan is refused for, one check each. Internal to migrate/plan; pure.
#pragma once

#include "migrate/plan.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace headspace::migrate {

error refuse(errc code, std::string message, std::string hint = {});
/// With file and line; `line` 0: the whole file.
error refuse_at(errc code, std::string_view file, std::uint32_t line, std::string what,
                std::string hint);

/// A step for `s` without what runs in it.
planned_step step_for(const revisions::script& s, direction what);

/// A transaction:false half that stopped goes on where it stopped, when what ran is still what the
/// file says. Fills the step from the row; edited_revision otherwise.
result<void> resume(planned_step& step, const ledger_row& row,
                    const std::optional<std::string>& stored_text);

/// Pending files that headspace.sum does not cover: a warning, or not_in_sum when it is required.
result<void> check_sum(const revisions::directory& files, const plan_request& request, plan& out);

/// Statements that cannot run where they stand.
result<void> check_section(const planned_step& step, const plan_request& request);

} // namespace headspace::migrate
