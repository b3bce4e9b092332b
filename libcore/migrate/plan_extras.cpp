#include "migrate/plan_extras.hpp"

#include "migrate/plan_checks.hpp"

#include <algorithm>

namespace headspace::migrate {

using revisions::is_repeatable;
using revisions::script;

namespace {

const ledger_row* row_of(const ledger_state& ledger, std::string_view revision) {
    const auto found = std::find_if(ledger.rows.begin(), ledger.rows.end(),
                                    [&](const ledger_row& r) { return r.revision == revision; });
    return found == ledger.rows.end() ? nullptr : &*found;
}

std::vector<std::string> repeatable_rows(const ledger_state& ledger) {
    std::vector<std::string> found;
    for (const ledger_row& row : ledger.rows)
        if (is_repeatable(row.revision))
            found.push_back(row.revision);
    return found;
}

result<planned_step> step_of(const script& s, const ledger_row* row, const plan_request& request) {
    planned_step step = step_for(s, direction::upgrade);
    step.section = s.up;
    // One that stopped half-way goes on; with another text it begins anew, which it can bear.
    const bool stopped = row != nullptr && row->state == row_state::partial;
    if (stopped && row->checksum == s.checksum) {
        if (auto resumed = resume(step, *row, row->up_sql); resumed.has_error())
            return resumed.error();
    } else if (row != nullptr) {
        step.forgets.push_back(s.revision);
    }
    if (auto checked = check_section(step, request); checked.has_error())
        return checked.error();
    const std::uint32_t marked = destructive_line(step.section);
    if (marked != 0 && !request.allow_destructive)
        return refuse_at(errc::destructive, s.file, marked, s.revision + " destroys data",
                         "look at it, then: headspacectl db upgrade --allow-destructive");
    return step;
}

/// Whether after the plan nothing of the graph is pending.
bool reaches_the_end(const plan& made, const revisions::directory& files,
                     const ledger_state& ledger) {
    revisions::revision_set applied = applied_set(ledger.rows);
    for (const planned_step& step : made.steps)
        applied.insert(step.revision);
    const auto& all = files.graph.scripts();
    return std::all_of(all.begin(), all.end(),
                       [&](const script& s) { return applied.contains(s.revision); });
}

/// No revision is applied; one that stopped half-way is the baseline itself.
bool is_fresh(const revisions::directory& files, const ledger_state& ledger) {
    return std::all_of(ledger.rows.begin(), ledger.rows.end(), [&](const ledger_row& row) {
        return is_repeatable(row.revision) ||
               (row.state == row_state::partial && row.revision == files.baseline_for &&
                row.up_sql == files.baseline->up.text);
    });
}

result<void> put_baseline(plan& made, const revisions::directory& files, const ledger_state& ledger,
                          const plan_request& request) {
    if (!files.baseline || !is_fresh(files, ledger))
        return {};
    const auto last = std::find_if(made.steps.begin(), made.steps.end(), [&](const auto& step) {
        return step.revision == files.baseline_for;
    });
    if (last == made.steps.end())
        return {};
    planned_step step = step_for(*files.graph.find(files.baseline_for), direction::upgrade);
    step.section = files.baseline->up;
    step.file = files.baseline->file;
    step.message = files.baseline->message;
    step.up_text = files.baseline->up.text;
    if (const ledger_row* row = row_of(ledger, files.baseline_for))
        if (auto resumed = resume(step, *row, row->up_sql); resumed.has_error())
            return resumed.error();
    if (auto checked = check_section(step, request); checked.has_error())
        return checked.error();
    for (auto replaced = made.steps.begin(); replaced != last; ++replaced)
        step.stamps.push_back(step_for(*files.graph.find(replaced->revision), direction::stamp));
    made.steps.erase(made.steps.begin(), std::next(last));
    made.steps.insert(made.steps.begin(), std::move(step));
    return {};
}

result<void> extend_upgrade(plan& made, const revisions::directory& files,
                            const ledger_state& ledger, const plan_request& request) {
    if (auto put = put_baseline(made, files, ledger, request); put.has_error())
        return put.error();
    plan reached = made;
    for (const planned_step& step : made.steps)
        reached.steps.insert(reached.steps.end(), step.stamps.begin(), step.stamps.end());
    if (!reaches_the_end(reached, files, ledger))
        return {};
    for (const script* s : changed_repeatables(files, ledger)) {
        auto step = step_of(*s, row_of(ledger, s->revision), request);
        if (step.has_error())
            return step.error();
        made.steps.push_back(std::move(*step));
    }
    return {};
}

void extend_stamp(plan& made, const revisions::directory& files, const ledger_state& ledger,
                  const plan_request& request) {
    if (request.purge)
        for (std::string& revision : repeatable_rows(ledger))
            made.forget.push_back(std::move(revision));
    if (!reaches_the_end(made, files, request.purge ? ledger_state{} : ledger) ||
        std::any_of(made.forget.begin(), made.forget.end(), [&](const std::string& revision) {
            return files.graph.contains(revision) && !request.purge;
        }))
        return;
    for (const script& s : files.repeatables) {
        const ledger_row* row = request.purge ? nullptr : row_of(ledger, s.revision);
        if (row != nullptr && row->state != row_state::partial && row->checksum == s.checksum)
            continue;
        if (row != nullptr)
            made.forget.push_back(s.revision);
        made.steps.push_back(step_for(s, direction::stamp));
    }
}

} // namespace

ledger_state without_repeatables(const ledger_state& ledger) {
    ledger_state out = ledger;
    std::erase_if(out.rows, [](const ledger_row& row) { return is_repeatable(row.revision); });
    return out;
}

std::vector<const script*> changed_repeatables(const revisions::directory& files,
                                               const ledger_state& ledger) {
    std::vector<const script*> found;
    for (const script& s : files.repeatables) {
        const ledger_row* row = row_of(ledger, s.revision);
        if (row == nullptr || row->state == row_state::partial || row->checksum != s.checksum)
            found.push_back(&s);
    }
    return found;
}

result<plan> with_extras(plan made, const revisions::directory& files, const ledger_state& ledger,
                         const plan_request& request) {
    switch (request.what) {
    case direction::upgrade:
        if (auto done = extend_upgrade(made, files, ledger, request); done.has_error())
            return done.error();
        if (!made.nothing_to_do())
            made.warnings.insert(made.warnings.end(), files.notes.begin(), files.notes.end());
        break;
    case direction::downgrade:
        if (!made.steps.empty())
            made.steps.front().forgets = repeatable_rows(ledger);
        break;
    case direction::stamp:
        extend_stamp(made, files, ledger, request);
        break;
    case direction::adopt:
    case direction::repair:
        break;
    }
    return made;
}

} // namespace headspace::migrate
