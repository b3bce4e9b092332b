#include "migrate/plan_checks.hpp"

#include "base/text.hpp"
#include "migrate/sql_text.hpp"
#include "revisions/text_diff.hpp"

#include <algorithm>
#include <span>

namespace headspace::migrate {

using revisions::graph;
using revisions::revision_list;
using revisions::script;

namespace {

std::string names_of(const revision_list& files) {
    constexpr std::size_t shown = 3;
    const std::size_t n = std::min(shown, files.size());
    std::string out = join(std::span(files).first(n), ", ");
    if (files.size() > n)
        out += " and " + std::to_string(files.size() - n) + " more";
    return out;
}

} // namespace

error refuse(errc code, std::string message, std::string hint) {
    return make_error(code, error_class::refuse, std::move(message), std::move(hint));
}

error refuse_at(errc code, std::string_view file, std::uint32_t line, std::string what,
                std::string hint) {
    const std::string shown = revisions::shown_file(file);
    const std::string where = line == 0 ? shown : shown + ":" + std::to_string(line);
    error e = refuse(code, where + ": " + std::move(what), std::move(hint));
    e.file = shown;
    e.line = line;
    return e;
}

planned_step step_for(const script& s, direction what) {
    planned_step step;
    step.what = what;
    step.revision = s.revision;
    step.parents = s.parents;
    step.message = s.message;
    step.file =
        what == direction::downgrade && s.down && !s.down->file.empty() ? s.down->file : s.file;
    step.checksum = s.checksum;
    step.up_text = s.up.text;
    if (s.down)
        step.down_text = s.down->text;
    return step;
}

result<void> resume(planned_step& step, const ledger_row& row,
                    const std::optional<std::string>& stored_text) {
    step.resumes = true;
    step.statements_done = row.statements_done;
    step.statement_begun = row.statement_begun;
    step.begun_unseen = !row.run.empty();
    const std::uint32_t bound =
        row.run.empty() ? row.statements_done : std::max(row.statements_done, row.statement_begun);
    if (bound == 0)
        return {};
    if (bound == row.statements_done && !row.statements_hash.empty() &&
        !step.section.options.transaction && step.section.statements.size() >= bound &&
        revisions::hash_of_first(step.section, bound) == row.statements_hash)
        return {};
    const auto stored = revisions::parse_section(stored_text.value_or(""), step.revision);
    if (stored.has_error())
        return stored.error();
    const auto& was = stored->statements;
    const auto& is = step.section.statements;
    const std::string hint = "statements that ran may not change any more: restore them";
    if (step.section.options.transaction)
        return refuse_at(
            errc::edited_revision, step.file, step.section.line,
            "transaction:false was taken away, or BEGIN and COMMIT put around everything, after " +
                std::to_string(row.statements_done) + " statements ran",
            hint);
    for (std::uint32_t i = 0; i < bound; ++i) {
        if (i < is.size() && i < was.size() && is[i].text == was[i].text)
            continue;
        error e = refuse_at(
            errc::edited_revision, step.file, i < is.size() ? is[i].line : step.section.line,
            "statement " + std::to_string(i + 1) + " was edited after it ran", hint);
        e.detail = blank_passwords(
            revisions::unified_diff(stored_text.value_or(""), step.section.text,
                                    {.from = step.place() + " (what ran)", .to = step.place()}));
        return e;
    }
    if (!row.statements_hash.empty() &&
        revisions::hash_of_first(step.section, row.statements_done) != row.statements_hash)
        return refuse_at(errc::edited_revision, step.file, step.section.line,
                         "the first " + std::to_string(row.statements_done) +
                             " statements are not those whose hash the ledger holds",
                         hint);
    return {};
}

result<void> check_sum(const revisions::directory& files, const plan_request& request, plan& out) {
    revision_list uncovered;
    for (const planned_step& step : out.steps)
        if (!step.file.empty() && !files.covered(step.file))
            uncovered.push_back(step.file);
    if (uncovered.empty() || (!files.is_native() && !request.require_sum))
        return {};
    const std::string what = !files.is_native()
                                 ? std::string(to_string(files.format)) + " knows no headspace.sum"
                             : files.sum_problem ? files.sum_problem->message
                             : files.sum ? "headspace.sum does not cover " + names_of(uncovered)
                                         : "there is no headspace.sum in " + files.path.string();
    if (request.require_sum) {
        error e =
            refuse(errc::not_in_sum, what + " (migrations.require_sum is on)",
                   files.is_native() ? "record the files as they are: headspacectl db hash"
                                     : "headspacectl db import writes them in our own format, "
                                       "with one");
        e.file = revisions::shown_file(uncovered.front());
        return e;
    }
    out.warnings.push_back(what + "; headspacectl db hash records the files as they are");
    return {};
}

result<void> check_section(const planned_step& step, const plan_request& request) {
    const auto forbidden = revisions::forbidden_statements(step.section, step.place());
    if (!forbidden.empty())
        return forbidden.front();
    if (request.pooled && !step.section.options.transaction)
        for (const auto& statement : step.section.statements)
            if (statement.changes_session)
                return refuse_at(errc::unsafe_through_pooler, step.file, statement.line,
                                 "a transaction:false file that sets a session parameter is not "
                                 "safe through a connection pooler: the setting would land on "
                                 "another client's connection",
                                 "set migrations.url to the server's direct address");
    return {};
}

std::uint32_t destructive_line(const revisions::section& section) {
    constexpr std::string_view mark = "-- DESTRUCTIVE:";
    std::uint32_t line = section.line;
    for (const std::string& text : split(section.text, '\n')) {
        if (trim(text).starts_with(mark))
            return line;
        ++line;
    }
    return 0;
}

result<void> check_version(const ledger_state& ledger) {
    if (ledger.version <= ledger_version)
        return {};
    return refuse(errc::newer_ledger,
                  "the ledger (schema headspace) has version " + std::to_string(ledger.version) +
                      ", this headspaced knows " + std::to_string(ledger_version),
                  "run the newer headspaced that wrote it");
}

} // namespace headspace::migrate
