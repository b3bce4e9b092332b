// The SQL that writes the ledger for a step of a plan: revisions/ledger_text, and what only a
// runner has to say. Pure.
#pragma once

#include "migrate/plan.hpp"
#include "revisions/ledger_text.hpp"

#include <string>
#include <string_view>

namespace headspace::migrate {

using run_identity = revisions::ledger_author;

namespace sql {

std::string create_ledger(bool with_schema);

/// Each of the following is one statement, or several with `;` between, the last of which changes
/// the step's own row; before it come planned_step::forgets and stamps.

/// A row that is there with this statement or not at all; a second runner that should not exist
/// fails at the primary key.
std::string record_applied(const planned_step& step, const run_identity& who, duration took);
std::string record_reverted(const planned_step& step, const run_identity& who, duration took);
std::string record_stamped(const planned_step& step, const run_identity& who);
std::string forget(std::string_view revision, const run_identity& who);
/// An edited file's text and checksum instead of what was recorded, or a person's answer about a
/// bare statement.
std::string record_repaired(const planned_step& step, const run_identity& who);

// Halves that run statement by statement (transaction:false).
/// The row before the first statement, or its new text and total when it goes on.
std::string record_begun(const planned_step& step, const run_identity& who);
/// Statement `k` is done, and `hash` is that of all up to it; must change one row.
std::string record_statement(const planned_step& step, const run_identity& who, std::uint32_t k,
                             std::string_view hash, duration took);
/// Bare statement `k` is about to run on `backend`; a pooled connection has none to name.
std::string record_bare(const planned_step& step, const run_identity& who, std::uint32_t k,
                        bool pooled);
/// What was begun is known to have failed (`run` empty from now on).
std::string record_bare_failed(const planned_step& step);
/// All statements are done: the row is an applied one now, or gone.
std::string record_finished(const planned_step& step, const run_identity& who);

/// A line for migration_events and, for unfinished rows, why they stopped.
std::string record_failure(const planned_step& step, const run_identity& who, const error& why);

} // namespace sql

} // namespace headspace::migrate
