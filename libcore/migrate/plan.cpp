#include "migrate/plan.hpp"

#include "migrate/plan_checks.hpp"
#include "migrate/plan_extras.hpp"
#include "revisions/target.hpp"

#include <algorithm>
#include <set>

namespace headspace::migrate {

using revisions::graph;
using revisions::revision_list;
using revisions::revision_set;
using revisions::script;

namespace {

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

std::string applied_after(const graph& all, const std::string& revision,
                          const revision_set& applied) {
    const revision_set after = all.descendants(revision);
    return *std::find_if(after.begin(), after.end(),
                         [&](const auto& r) { return applied.contains(r); });
}

error late_file(const graph& all, const revision_list& late, const revision_set& applied) {
    const script& s = *all.find(late.front());
    const std::string more =
        late.size() == 1 ? std::string()
                         : " (the same holds for " + std::to_string(late.size() - 1) + " more)";
    return refuse_at(errc::out_of_order, s.file, 0,
                     "revision " + s.revision + " is not applied, but " +
                         applied_after(all, s.revision, applied) + " after it is" + more,
                     "give it a later revision number, or a parent header that puts it after what "
                     "is applied; or apply it as it is: headspacectl db upgrade "
                     "--allow-out-of-order");
}

// The rows after it were recorded when it did not exist: from now on they follow it.
void mark_late(planned_step& step, const graph& all, const std::vector<ledger_row>& rows,
               plan& out) {
    step.late_before = applied_after(all, step.revision, applied_set(rows));
    for (const std::string& child : all.children(step.revision)) {
        const ledger_row* row = row_of(rows, child);
        if (row != nullptr && row->parents != all.find(child)->parents)
            step.relink.emplace_back(child, all.find(child)->parents);
    }
    out.warnings.push_back("revision " + step.revision + " runs out of order: " + step.late_before +
                           " after it is applied already");
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
    if (!late.empty() && !request.allow_out_of_order)
        return late_file(all, late, applied);
    const auto path = revisions::upgrade_path(all, applied, request.target);
    if (path.has_error())
        return path.error();

    plan out;
    for (const std::string& revision : *path) {
        const script& s = *all.find(revision);
        planned_step step = step_for(s, direction::upgrade);
        step.section = s.up;
        if (const ledger_row* row = row_of(ledger.rows, revision)) {
            if (auto resumed = resume(step, *row, row->up_sql); resumed.has_error())
                return resumed.error();
        }
        if (std::find(late.begin(), late.end(), revision) != late.end())
            mark_late(step, all, ledger.rows, out);
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
            step_for(file != nullptr ? *file : from_ledger(row, known), direction::downgrade);
        step.parents = row.parents;
        if (file != nullptr && file->checksum != row.checksum)
            return edited_files(files.graph, {row}).front();
        if (!row.has_down || (file != nullptr && !file->down))
            return refuse_at(
                errc::no_down, row.file, 0,
                "revision " + revision +
                    (files.is_native() ? " has no `-- migrate:down`" : " has no down half"),
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
        out.steps.push_back(step_for(s, direction::stamp));
    }
    return out;
}

} // namespace

step_summary planned_step::summary() const {
    return {.what = what,
            .revision = revision,
            .parents = parents,
            .message = message,
            .statements = static_cast<std::uint32_t>(section.statements.size()),
            .transaction = section.options.transaction,
            .diff = diff,
            .checksum = recorded_checksum.empty() ? std::string() : checksum};
}

std::string planned_step::place() const {
    return file.empty() ? revision + " (stored in the ledger)" : revisions::shown_file(file);
}

revision_set applied_set(const std::vector<ledger_row>& rows) {
    revision_set applied;
    for (const ledger_row& row : rows)
        if (row.state != row_state::partial && !revisions::is_repeatable(row.revision))
            applied.insert(row.revision);
    return applied;
}

graph known_revisions(const revisions::directory& files, const std::vector<ledger_row>& rows) {
    revision_set known = applied_set(rows);
    for (const script& s : files.graph.scripts())
        known.insert(s.revision);
    std::vector<script> gone;
    for (const ledger_row& row : rows)
        if (known.contains(row.revision) && !files.graph.contains(row.revision))
            gone.push_back(from_ledger(row, known));
    if (gone.empty())
        return files.graph;
    std::vector<script> scripts = files.graph.scripts();
    scripts.insert(scripts.end(), gone.begin(), gone.end());
    auto built = revisions::build_graph(std::move(scripts));
    return built.problems.empty() ? std::move(built.graph) : files.graph;
}

result<plan> make_plan(const revisions::directory& files, const ledger_state& ledger,
                       const plan_request& request) {
    if (!files.problems.empty())
        return files.first_problem();
    if (auto checked = check_version(ledger); checked.has_error())
        return checked.error();
    const ledger_state versioned = without_repeatables(ledger);
    result<plan> made = plan{};
    switch (request.what) {
    case direction::upgrade:
        made = plan_upgrade(files, versioned, request);
        break;
    case direction::downgrade:
        made = plan_downgrade(files, versioned, request);
        break;
    case direction::stamp:
        made = plan_stamp(files, versioned, request);
        break;
    case direction::adopt:
        break; // plan_adoption() does that
    case direction::repair:
        return plan_repair(files, ledger, request);
    }
    if (made.has_error())
        return made.error();
    return with_extras(std::move(*made), files, ledger, request);
}

} // namespace headspace::migrate
