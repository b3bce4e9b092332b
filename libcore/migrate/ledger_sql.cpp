#include "migrate/ledger_sql.hpp"

#include "migrate/sql_text.hpp"

namespace headspace::migrate {

namespace text = revisions::ledger_text;

namespace {

/// The detail of the event that says it was done.
std::string circumstances(const planned_step& step) {
    if (!step.late_before.empty())
        return "out of order: " + step.late_before + " was applied before it";
    if (step.what == direction::downgrade && step.file.empty())
        return "its file was gone: by the text in the ledger";
    return {};
}

revisions::ledger_entry entry_of(const planned_step& step) {
    return {.revision = step.revision,
            .parents = step.parents,
            .message = step.message,
            .file = step.file,
            .checksum = step.checksum,
            .up_text = step.up_text,
            .down_text = step.down_text,
            .down = step.what == direction::downgrade,
            .statements = static_cast<std::uint32_t>(step.section.statements.size()),
            .note = circumstances(step),
            .relink = step.relink};
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

std::string record_repaired(const planned_step& step, const run_identity& who) {
    if (step.answer != statement_answer::none) {
        const bool done = step.answer == statement_answer::done;
        const std::string k = std::to_string(step.statement_begun);
        return "WITH e AS (" +
               text::event(step.revision, done ? "answered_done" : "answered_again", who, k) +
               ") UPDATE headspace.migrations SET run = '', pid = NULL, backend_start = NULL" +
               (done ? ", stmt_begun = 0, stmt_done = " + k +
                           ", stmt_hash = " + quote_literal(step.statement_hash)
                     : std::string()) +
               where(step);
    }
    const std::string detail =
        "checksum " + step.recorded_checksum + " -> " + step.checksum + "\n" + step.diff;
    return "WITH e AS (" +
           text::event(step.revision, "repaired", who, "NULL", "NULL", quote_literal(detail)) +
           ") UPDATE headspace.migrations SET checksum = " + quote_literal(step.checksum) +
           ", file = " + quote_literal(step.file) + ", message = " + quote_literal(step.message) +
           ", parents = " + quote_array(step.parents) +
           ", up_sql = " + quote_literal(step.up_text) +
           ", down_sql = " + (step.down_text ? quote_literal(*step.down_text) : "NULL") +
           where(step);
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
