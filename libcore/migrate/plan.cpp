#include "migrate/plan.hpp"

#include "base/text.hpp"
#include "revisions/target.hpp"

#include <algorithm>
#include <set>

namespace headspace::migrate {

using revisions::graph;
using revisions::revision_list;
using revisions::revision_set;
using revisions::script;

namespace {

error refuse(errc code, std::string message, std::string hint = {}) {
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

const ledger_row* row_of(const std::vector<ledger_row>& rows, std::string_view revision) {
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](const ledger_row& r) { return r.revision == revision; });
    return found == rows.end() ? nullptr : &*found;
}

script from_ledger(const ledger_row& row, const revision_set& known) {
    script s;
    s.revision = row.revision;
    s.message = row.message;
    s.checksum = row.checksum;
    revision_list parents;
    for (const std::string& parent : row.parents)
        if (known.contains(parent))
            parents.push_back(parent);
    s.stated_parents = std::move(parents);
    return s;
}

planned_step from_script(const script& s, direction what) {
    planned_step step;
    step.what = what;
    step.revision = s.revision;
    step.parents = s.parents;
    step.message = s.message;
    step.file = s.file;
    step.checksum = s.checksum;
    step.up_text = s.up.text;
    if (s.down)
        step.down_text = s.down->text;
    return step;
}

error unfinished(const ledger_row& row) {
    const bool up = row.state == row_state::partial;
    return refuse(errc::out_of_order,
                  "revision " + row.revision + " is half " + (up ? "applied" : "reverted") + " (" +
                      std::to_string(row.statements_done) + " of " +
                      std::to_string(row.statements_total) + " statements)",
                  up ? "finish it first: headspacectl db upgrade"
                     : "finish it first: headspacectl db downgrade");
}

result<void> no_row_in(const std::vector<ledger_row>& rows, row_state state) {
    for (const ledger_row& row : rows)
        if (row.state == state)
            return unfinished(row);
    return {};
}

// A transaction:false half that stopped goes on where it stopped, when what ran is still what the
// file says.
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
    const auto stored = revisions::parse_section(stored_text.value_or(""), step.revision);
    if (stored.has_error())
        return stored.error();
    const auto& was = stored->statements;
    const auto& is = step.section.statements;
    const std::string hint = "statements that ran may not change any more: restore them";
    if (step.section.options.transaction)
        return refuse_at(errc::edited_revision, step.file, step.section.line,
                         "transaction:false was taken away after " +
                             std::to_string(row.statements_done) + " statements ran",
                         hint);
    for (std::uint32_t i = 0; i < bound; ++i) {
        if (i < is.size() && i < was.size() && is[i].text == was[i].text)
            continue;
        return refuse_at(errc::edited_revision, step.file,
                         i < is.size() ? is[i].line : step.section.line,
                         "statement " + std::to_string(i + 1) + " was edited after it ran", hint);
    }
    return {};
}

std::string names_of(const revision_list& files) {
    constexpr std::size_t shown = 3;
    const std::size_t n = std::min(shown, files.size());
    std::string out = join(std::span(files).first(n), ", ");
    if (files.size() > n)
        out += " and " + std::to_string(files.size() - n) + " more";
    return out;
}

result<void> check_sum(const revisions::directory& files, const plan_request& request, plan& out) {
    revision_list uncovered;
    for (const planned_step& step : out.steps)
        if (!step.file.empty() && !files.covered(step.file))
            uncovered.push_back(step.file);
    if (uncovered.empty())
        return {};
    const std::string what = files.sum_problem ? files.sum_problem->message
                             : files.sum ? "headspace.sum does not cover " + names_of(uncovered)
                                         : "there is no headspace.sum in " + files.path.string();
    if (request.require_sum) {
        error e = refuse(errc::not_in_sum, what + " (migrations.require_sum is on)",
                         "record the files as they are: headspacectl db hash");
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

result<plan> plan_upgrade(const revisions::directory& files, const ledger_state& ledger,
                          const plan_request& request) {
    const graph all = known_revisions(files, ledger.rows);
    const auto edited = edited_files(all, ledger.rows);
    if (!edited.empty())
        return edited.front();
    if (auto checked = no_row_in(ledger.rows, row_state::reverting); checked.has_error())
        return checked.error();
    const revision_set applied = applied_set(ledger.rows);
    const revision_list late = all.out_of_order(applied);
    if (!late.empty()) {
        const script& s = *all.find(late.front());
        const auto after = all.descendants(s.revision);
        const auto before = std::find_if(after.begin(), after.end(),
                                         [&](const auto& r) { return applied.contains(r); });
        return refuse_at(errc::out_of_order, s.file, 0,
                         "revision " + s.revision + " is not applied, but " + *before +
                             " after it is",
                         "give it a later revision number, or a parent header that puts it after "
                         "what is applied");
    }
    const auto path = revisions::upgrade_path(all, applied, request.target);
    if (path.has_error())
        return path.error();

    plan out;
    for (const std::string& revision : *path) {
        const script& s = *all.find(revision);
        planned_step step = from_script(s, direction::upgrade);
        step.section = s.up;
        if (const ledger_row* row = row_of(ledger.rows, revision)) {
            if (auto resumed = resume(step, *row, row->up_sql); resumed.has_error())
                return resumed.error();
        }
        if (auto checked = check_section(step, request); checked.has_error())
            return checked.error();
        const std::uint32_t marked = destructive_line(step.section);
        if (marked != 0 && !request.allow_destructive)
            return refuse_at(errc::destructive, s.file, marked,
                             "revision " + s.revision + " destroys data",
                             "look at it, then: headspacectl db upgrade --allow-destructive");
        out.steps.push_back(std::move(step));
    }
    if (auto checked = check_sum(files, request, out); checked.has_error())
        return checked.error();
    return out;
}

result<plan> plan_downgrade(const revisions::directory& files, const ledger_state& ledger,
                            const plan_request& request) {
    if (auto checked = no_row_in(ledger.rows, row_state::partial); checked.has_error())
        return checked.error();
    // What was applied, with the parents it had then.
    revision_set known = applied_set(ledger.rows);
    std::vector<script> scripts;
    for (const ledger_row& row : ledger.rows)
        scripts.push_back(from_ledger(row, known));
    const auto built = revisions::build_graph(std::move(scripts));
    if (!built.problems.empty())
        return built.problems.front();
    const auto path = revisions::downgrade_path(built.graph, known, request.target);
    if (path.has_error()) {
        if (path.error().code == errc::unknown_revision && files.graph.contains(request.target))
            return refuse(errc::unknown_revision, "revision " + request.target + " is not applied",
                          "headspacectl db current says what is");
        return path.error();
    }
    plan out;
    for (const std::string& revision : *path) {
        const ledger_row& row = *row_of(ledger.rows, revision);
        const script* file = files.graph.find(revision);
        planned_step step =
            from_script(file != nullptr ? *file : from_ledger(row, known), direction::downgrade);
        step.parents = row.parents;
        if (file != nullptr && file->checksum != row.checksum)
            return edited_files(files.graph, {row}).front();
        if (!row.has_down || (file != nullptr && !file->down))
            return refuse_at(errc::no_down, row.file, 0,
                             "revision " + revision + " has no `-- migrate:down`",
                             "write a new revision that undoes it, or restore a backup");
        if (file != nullptr) {
            step.section = *file->down;
        } else {
            auto stored = revisions::parse_section(row.down_sql.value_or(""), step.place());
            if (stored.has_error())
                return stored.error();
            step.section = std::move(*stored);
            out.warnings.push_back("revision " + revision + " has no file in " +
                                   files.path.string() +
                                   " any more: reverting it by the text in the ledger");
        }
        if (row.state == row_state::reverting)
            if (auto resumed = resume(step, row, row.down_sql); resumed.has_error())
                return resumed.error();
        if (auto checked = check_section(step, request); checked.has_error())
            return checked.error();
        out.steps.push_back(std::move(step));
    }
    return out;
}

result<plan> plan_stamp(const revisions::directory& files, const ledger_state& ledger,
                        const plan_request& request) {
    const graph all = known_revisions(files, ledger.rows);
    const auto targets = revisions::resolve_target(all, request.target, applied_set(ledger.rows));
    if (targets.has_error())
        return targets.error();
    const revision_set wanted = all.ancestors(*targets);
    plan out;
    for (auto row = ledger.rows.rbegin(); row != ledger.rows.rend(); ++row) {
        const bool kept = wanted.contains(row->revision) && row->state != row_state::partial &&
                          row->state != row_state::reverting;
        if (kept && !request.purge)
            continue;
        if (!wanted.contains(row->revision) && !request.purge &&
            !files.graph.contains(row->revision))
            return refuse(errc::out_of_order,
                          "revision " + row->revision + " is applied but has no file in " +
                              files.path.string() + ": its stored text would be lost",
                          "headspacectl db stamp --purge forgets it");
        out.forget.push_back(row->revision);
    }
    const revision_set forgotten(out.forget.begin(), out.forget.end());
    for (const std::string& revision : all.ordered(wanted)) {
        if (row_of(ledger.rows, revision) != nullptr && !forgotten.contains(revision))
            continue;
        const script& s = *all.find(revision);
        if (s.file.empty())
            return refuse(errc::unknown_revision,
                          "revision " + revision + " has no file in " + files.path.string());
        out.steps.push_back(from_script(s, direction::stamp));
    }
    return out;
}

} // namespace

std::string_view to_string(row_state state) noexcept {
    switch (state) {
    case row_state::applied:
        return "applied";
    case row_state::stamped:
        return "stamped";
    case row_state::partial:
        return "partial";
    case row_state::reverting:
        return "reverting";
    }
    return "";
}

std::vector<std::string> current_heads(const std::vector<ledger_row>& rows) {
    std::set<std::string, std::less<>> followed;
    for (const ledger_row& row : rows)
        if (row.state != row_state::partial)
            followed.insert(row.parents.begin(), row.parents.end());
    std::vector<std::string> heads;
    for (const ledger_row& row : rows)
        if (row.state != row_state::partial && !followed.contains(row.revision))
            heads.push_back(row.revision);
    return heads;
}

step_summary planned_step::summary() const {
    return {.what = what,
            .revision = revision,
            .parents = parents,
            .message = message,
            .statements = static_cast<std::uint32_t>(section.statements.size())};
}

std::string planned_step::place() const {
    return file.empty() ? revision + " (stored in the ledger)" : revisions::shown_file(file);
}

revision_set applied_set(const std::vector<ledger_row>& rows) {
    revision_set applied;
    for (const ledger_row& row : rows)
        if (row.state != row_state::partial)
            applied.insert(row.revision);
    return applied;
}

graph known_revisions(const revisions::directory& files, const std::vector<ledger_row>& rows) {
    revision_set known = applied_set(rows);
    for (const script& s : files.graph.scripts())
        known.insert(s.revision);
    std::vector<script> gone;
    for (const ledger_row& row : rows)
        if (row.state != row_state::partial && !files.graph.contains(row.revision))
            gone.push_back(from_ledger(row, known));
    if (gone.empty())
        return files.graph;
    std::vector<script> scripts = files.graph.scripts();
    scripts.insert(scripts.end(), gone.begin(), gone.end());
    auto built = revisions::build_graph(std::move(scripts));
    return built.problems.empty() ? std::move(built.graph) : files.graph;
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

std::vector<error> edited_files(const graph& known, const std::vector<ledger_row>& rows) {
    std::vector<error> out;
    for (const ledger_row& row : rows) {
        const script* s = known.find(row.revision);
        if (s == nullptr || s->file.empty() || row.state == row_state::partial ||
            s->checksum == row.checksum)
            continue;
        out.push_back(refuse_at(
            errc::edited_revision, s->file, 0,
            "revision " + row.revision + " was edited after it was applied (" + row.applied_at +
                ")",
            "restore the file and write a new revision; or, if the schema is what the file says "
            "now: headspacectl db stamp --purge current"));
    }
    return out;
}

result<plan> make_plan(const revisions::directory& files, const ledger_state& ledger,
                       const plan_request& request) {
    if (!files.problems.empty())
        return files.first_problem();
    if (auto checked = check_version(ledger); checked.has_error())
        return checked.error();
    switch (request.what) {
    case direction::upgrade:
        return plan_upgrade(files, ledger, request);
    case direction::downgrade:
        return plan_downgrade(files, ledger, request);
    case direction::stamp:
        return plan_stamp(files, ledger, request);
    }
    return plan{};
}

} // namespace headspace::migrate
