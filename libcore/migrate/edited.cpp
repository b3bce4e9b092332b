#include "migrate/edited.hpp"

#include "base/text.hpp"
#include "migrate/plan_checks.hpp"
#include "migrate/sql_text.hpp"
#include "revisions/ledger_text.hpp"
#include "revisions/target.hpp"
#include "revisions/text_diff.hpp"

#include <algorithm>

namespace headspace::migrate {

using revisions::graph;
using revisions::revision_list;
using revisions::script;

namespace {

std::string halves(const std::string& up, const std::optional<std::string>& down) {
    return up + (down ? *down : std::string());
}

std::string header(const std::string& message, const std::vector<std::string>& parents) {
    return "-- " + message + "\n-- headspace:parent " +
           (parents.empty() ? "base" : join(parents, ",")) + "\n\n";
}

planned_step repair_step(const script& s, const ledger_row& row) {
    planned_step step;
    step.what = direction::repair;
    step.revision = s.revision;
    step.parents = s.parents;
    step.message = s.message;
    step.file = s.file;
    step.checksum = s.checksum;
    step.up_text = s.up.text;
    if (s.down)
        step.down_text = s.down->text;
    step.diff = edit_diff(s, row);
    step.recorded_checksum = row.checksum;
    return step;
}

bool waits_for_answer(const ledger_row& row) {
    return (row.state == row_state::partial || row.state == row_state::reverting) &&
           !row.run.empty() && row.statement_begun > row.statements_done;
}

std::string question_of(const ledger_row& row) {
    return "revision " + row.revision + ": statement " + std::to_string(row.statement_begun) +
           " of " + std::to_string(row.statements_total) +
           " was begun and nobody saw its end; headspacectl db repair --done or --again says what "
           "became of it";
}

/// The revisions that a request names; none when it names none.
result<revision_list> named_by(const plan_request& request, const graph& all,
                               const ledger_state& ledger) {
    if (request.target.empty())
        return revision_list{};
    return revisions::resolve_target(all, request.target, applied_set(ledger.rows));
}

result<plan> plan_answer(const graph& all, const ledger_state& ledger,
                         const plan_request& request) {
    const auto wanted = named_by(request, all, ledger);
    if (wanted.has_error())
        return wanted.error();
    plan out;
    for (const ledger_row& row : ledger.rows) {
        const bool asked = request.target.empty() ||
                           std::find(wanted->begin(), wanted->end(), row.revision) != wanted->end();
        if (!waits_for_answer(row) || !asked)
            continue;
        planned_step step;
        step.what = direction::repair;
        step.revision = row.revision;
        step.parents = row.parents;
        step.message = row.message;
        step.file = row.file;
        step.statement_begun = row.statement_begun;
        step.answer = request.answer;
        const auto& stored = row.state == row_state::partial ? row.up_sql : row.down_sql;
        const auto ran = revisions::parse_section(stored.value_or(""), row.revision);
        if (ran.has_error())
            return ran.error();
        step.statement_hash = revisions::hash_of_first(*ran, row.statement_begun);
        out.steps.push_back(std::move(step));
    }
    if (out.steps.empty())
        return refuse(errc::conflict_here,
                      (request.target.empty() ? std::string("no revision")
                                              : "no revision " + request.target) +
                          " has a statement that was begun and whose end nobody saw",
                      "headspacectl db status says what is half done");
    if (out.steps.size() > 1)
        return refuse(errc::ambiguous_revision,
                      "several revisions wait for an answer: " + out.steps[0].revision + ", " +
                          out.steps[1].revision,
                      "name one of them");
    return out;
}

} // namespace

bool is_edited(const script& file, const ledger_row& row) {
    return !file.file.empty() && row.state != row_state::partial && file.checksum != row.checksum;
}

std::string edit_diff(const script& file, const ledger_row& row) {
    if (!row.up_sql)
        return {};
    const std::string was = halves(*row.up_sql, row.down_sql);
    const std::string is =
        halves(file.up.text, file.down ? std::optional(file.down->text) : std::nullopt);
    // In a file of the usual form the halves are its end, and the lines get their true numbers.
    const bool usual = file.text.ends_with(is);
    const bool same_head = row.message == file.message && row.parents == file.parents;
    const std::string head = usual ? file.text.substr(0, file.text.size() - is.size())
                                   : header(file.message, file.parents);
    const std::string shown = revisions::shown_file(file.file);
    revisions::diff_options labels;
    labels.from = shown + " (applied " + row.applied_at + ")";
    labels.to = shown;
    const std::string diff = revisions::unified_diff(
        (same_head ? head : header(row.message, row.parents)) + was, head + is, labels);
    if (diff.empty())
        return "--- " + labels.from + "\n+++ " + labels.to +
               "\n only comments above `migrate:up` differ, which the ledger does not keep\n";
    return blank_passwords(diff);
}

std::vector<error> edited_files(const graph& known, const std::vector<ledger_row>& rows) {
    std::vector<error> out;
    for (const ledger_row& row : rows) {
        const script* s = known.find(row.revision);
        if (s == nullptr || !is_edited(*s, row))
            continue;
        error e = refuse_at(errc::edited_revision, s->file, 0,
                            "revision " + row.revision + " was edited after it was applied (" +
                                row.applied_at + ")",
                            "restore the file and write a new revision; or, if the schema is what "
                            "the file says now: headspacectl db repair");
        e.detail = edit_diff(*s, row);
        out.push_back(std::move(e));
    }
    return out;
}

result<plan> plan_repair(const revisions::directory& files, const ledger_state& ledger,
                         const plan_request& request) {
    const graph all = known_revisions(files, ledger.rows);
    if (request.answer != statement_answer::none)
        return plan_answer(all, ledger, request);
    const auto wanted = named_by(request, all, ledger);
    if (wanted.has_error())
        return wanted.error();
    plan out;
    for (const ledger_row& row : ledger.rows) {
        const script* s = all.find(row.revision);
        const bool asked = request.target.empty() ||
                           std::find(wanted->begin(), wanted->end(), row.revision) != wanted->end();
        if (asked && waits_for_answer(row))
            out.warnings.push_back(question_of(row));
        if (s == nullptr || !asked || !is_edited(*s, row))
            continue;
        if (row.state == row_state::reverting)
            return refuse_at(errc::edited_revision, s->file, 0,
                             "revision " + row.revision + " is half reverted (" +
                                 std::to_string(row.statements_done) + " of " +
                                 std::to_string(row.statements_total) +
                                 " statements): its text may not change now",
                             "restore the file, or take it away (the stored text then finishes): "
                             "headspacectl db downgrade");
        const auto seen = request.expected.find(row.revision);
        if (!request.expected.empty() &&
            (seen == request.expected.end() || seen->second != s->checksum))
            return refuse_at(errc::edited_revision, s->file, 0,
                             "revision " + row.revision + " changed again since it was looked at",
                             "look at it once more: headspacectl db repair");
        out.steps.push_back(repair_step(*s, row));
    }
    return out;
}

} // namespace headspace::migrate
