#include "migrate/status_of.hpp"

#include "migrate/plan.hpp"
#include "migrate/plan_extras.hpp"

namespace headspace::migrate {

namespace {

history_entry entry_of(const ledger_row& row, const revisions::directory* files) {
    history_entry e;
    e.revision = row.revision;
    e.parents = row.parents;
    e.message = row.message;
    e.state = to_string(row.state);
    e.applied_at = row.applied_at;
    e.duration_ms = row.duration_ms;
    e.applied_by = row.applied_by;
    if (files != nullptr)
        if (const auto* s = files->find(row.revision))
            e.file = s->file;
    e.statements_done = row.statements_done;
    e.statements_total = row.statements_total;
    e.error = row.error;
    return e;
}

void add_pending(migration_status& out, const revisions::directory& files,
                 const revisions::revision_set& applied) {
    for (const revisions::script& s : files.graph.scripts())
        if (!applied.contains(s.revision))
            out.pending.push_back({.revision = s.revision,
                                   .parents = s.parents,
                                   .message = s.message,
                                   .destructive = destructive_line(s.up) != 0});
}

/// Of a statement that has begun and of which no more is noted; it may go on just now.
std::string unseen_end(const ledger_row& row) {
    return row.run.empty() || row.statement_begun <= row.statements_done
               ? ""
               : "; statement " + std::to_string(row.statement_begun) +
                     " was begun and its end is not noted";
}

void add_warnings(migration_status& out, const revisions::directory& files,
                  const std::vector<ledger_row>& rows) {
    for (const ledger_row& row : rows) {
        if (row.state == row_state::partial || row.state == row_state::reverting)
            out.warnings.push_back("revision " + row.revision + " is half " +
                                   (row.state == row_state::partial ? "applied" : "reverted") +
                                   " (" + std::to_string(row.statements_done) + " of " +
                                   std::to_string(row.statements_total) + " statements)" +
                                   (row.error.empty() ? "" : ": " + row.error) + unseen_end(row));
        else if (files.find(row.revision) == nullptr)
            out.warnings.push_back("revision " + row.revision + " is applied but has no file here");
    }
    out.warnings.insert(out.warnings.end(), files.notes.begin(), files.notes.end());
    for (const revisions::sum_difference& difference : files.sum_differences)
        out.warnings.push_back(difference.text());
    if (files.sum_problem)
        out.warnings.push_back(files.sum_problem->message);
}

} // namespace

migration_status status_of(std::string directory, const result<revisions::directory>& files,
                           const result<ledger_state>& ledger, bool pooled) {
    using state = health::migrations_state;
    migration_status out;
    out.directory = std::move(directory);
    const bool readable = files.has_value() && files->problems.empty();
    if (readable)
        out.heads = files->graph.heads();
    if (ledger.has_value()) {
        out.current = current_heads(ledger->rows);
        for (const ledger_row& row : ledger->rows)
            out.history.push_back(entry_of(row, readable ? &*files : nullptr));
    }
    if (files.has_error()) {
        const bool none = files.error().code == errc::no_migrations_directory;
        out.state = none ? state::none : state::refused;
        out.problem = files.error();
        return out;
    }
    if (!readable) {
        out.state = state::refused;
        out.problem = files->first_problem();
        return out;
    }
    if (ledger.has_error()) {
        out.state = ledger.error().code == errc::newer_ledger ? state::refused : state::unknown;
        out.problem = ledger.error();
        return out;
    }
    add_pending(out, *files, applied_set(ledger->rows));
    for (const revisions::script* s : changed_repeatables(*files, *ledger))
        out.pending.push_back({.revision = s->revision,
                               .parents = s->parents,
                               .message = s->message,
                               .destructive = destructive_line(s->up) != 0});
    add_warnings(out, *files, ledger->rows);
    plan_request upgrade;
    upgrade.target = out.pending.empty() ? "heads" : "head";
    upgrade.allow_destructive = true;
    upgrade.pooled = pooled;
    const auto planned = make_plan(*files, *ledger, upgrade);
    if (planned.has_error()) {
        out.state = state::refused;
        out.problem = planned.error();
        return out;
    }
    out.state = out.pending.empty() ? state::current : state::pending;
    return out;
}

} // namespace headspace::migrate
