#include "migrate/ledger_sql.hpp"

#include "migrate/sql_text.hpp"

namespace headspace::migrate {

namespace text = revisions::ledger_text;

namespace {

revisions::ledger_entry entry_of(const planned_step& step) {
    return {.revision = step.revision,
            .parents = step.parents,
            .message = step.message,
            .file = step.file,
            .checksum = step.checksum,
            .up_text = step.up_text,
            .down_text = step.down_text,
            .down = step.what == direction::downgrade,
            .statements = static_cast<std::uint32_t>(step.section.statements.size())};
}

std::string where(const planned_step& step) {
    return " WHERE revision = " + quote_literal(step.revision);
}

/// The rows that go and come with the step's own, each statement with its `;`.
std::string beside(const planned_step& step, const run_identity& who, bool with_stamps) {
    std::string out;
    for (const std::string& revision : step.forgets)
        out += sql::forget(revision, who) + ";";
    if (with_stamps)
        for (const planned_step& stamped : step.stamps)
            out += sql::record_stamped(stamped, who) + ";";
    return out;
}

} // namespace

namespace sql {

std::string create_ledger(bool with_schema) {
    return "BEGIN;" + text::create(with_schema) + "COMMIT";
}

std::string record_applied(const planned_step& step, const run_identity& who, duration took) {
    return beside(step, who, true) + text::applied(entry_of(step), who, took);
}

std::string record_reverted(const planned_step& step, const run_identity& who, duration took) {
    return beside(step, who, false) + text::reverted(entry_of(step), who, took);
}

std::string record_stamped(const planned_step& step, const run_identity& who) {
    return text::stamped(entry_of(step), who);
}

std::string forget(std::string_view revision, const run_identity& who) {
    return "WITH e AS (" + text::event(revision, "forgotten", who) +
           ") DELETE FROM headspace.migrations WHERE revision = " + quote_literal(revision);
}

std::string record_begun(const planned_step& step, const run_identity& who) {
    const bool fresh = step.what == direction::upgrade && !step.resumes;
    return (fresh ? beside(step, who, false) : "") + text::begun(entry_of(step), who, step.resumes);
}

std::string record_statement(const planned_step& step, const run_identity& who, std::uint32_t k,
                             std::string_view hash, duration took) {
    return text::statement_done(step.revision, who, k, hash, took);
}

std::string record_bare(const planned_step& step, const run_identity& who, std::uint32_t k,
                        bool pooled) {
    return text::statement_begun(step.revision, who, k, pooled);
}

std::string record_bare_failed(const planned_step& step) {
    return "UPDATE headspace.migrations SET run = '', pid = NULL, backend_start = NULL" +
           where(step);
}

std::string record_finished(const planned_step& step, const run_identity& who) {
    if (step.what == direction::downgrade)
        return record_reverted(step, who, duration::zero());
    planned_step done = step;
    done.forgets.clear(); // they went when it was begun
    return beside(done, who, true) + text::finished(entry_of(step), who);
}

std::string record_failure(const planned_step& step, const run_identity& who, const error& why) {
    const std::string said = quote_literal(blank_passwords(why.text()));
    return "WITH e AS (" + text::event(step.revision, "failed", who, "NULL", "NULL", said) +
           ") UPDATE headspace.migrations SET error = " + said +
           ", error_sqlstate = " + quote_literal(why.sqlstate) + where(step) +
           " AND state IN ('partial', 'reverting')";
}

} // namespace sql

} // namespace headspace::migrate
