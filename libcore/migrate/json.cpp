#include "migrate/json.hpp"

#include "problems/problems.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace headspace::migrate {

namespace json = boost::json;

namespace {

json::array array_of(const std::vector<std::string>& values) {
    json::array out;
    for (const std::string& v : values)
        out.emplace_back(v);
    return out;
}

std::int64_t milliseconds(duration d) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

void describe(json::object& out, const step_summary& step) {
    out["action"] = to_string(step.what);
    out["revision"] = step.revision;
    out["parents"] = array_of(step.parents);
    out["message"] = step.message;
}

json::array planned_statements(const step_summary& step) {
    json::array out;
    for (const statement_plan& s : step.plan) {
        json::object one{{"line", s.line}, {"statement", s.text}, {"lock", s.lock}};
        if (!s.warning.empty())
            one["warning"] = s.warning;
        out.emplace_back(std::move(one));
    }
    return out;
}

json::object blocker(const lock_holder& holder) {
    return {{"pid", holder.pid},
            {"application_name", holder.application_name},
            {"client_addr", holder.client_addr},
            {"user", holder.user},
            {"since", holder.since},
            {"kind", holder.kind},
            {"query", holder.query}};
}

} // namespace

json::object to_json(const progress& p) {
    json::object out;
    out["event"] = to_string(p.kind);
    switch (p.kind) {
    case progress_kind::planned: {
        json::array steps;
        for (const step_summary& step : p.plan) {
            json::object one;
            describe(one, step);
            one["statements"] = step.statements;
            one["transaction"] = step.transaction;
            if (!step.plan.empty())
                one["plan"] = planned_statements(step);
            if (step.what == direction::repair) {
                one["diff"] = step.diff;
                one["checksum"] = step.checksum;
            }
            steps.emplace_back(std::move(one));
        }
        out["steps"] = std::move(steps);
        out["directory"] = p.directory;
        out["heads"] = array_of(p.heads);
        if (!p.forget.empty())
            out["forget"] = array_of(p.forget);
        if (p.dry_run)
            out["dry_run"] = true;
        break;
    }
    case progress_kind::warning:
    case progress_kind::failed:
        out["text"] = p.problem ? p.problem->text() : p.text;
        break;
    case progress_kind::waiting_for_lock:
        out["text"] = p.text;
        out["elapsed_ms"] = milliseconds(p.elapsed);
        if (p.holder)
            out["blocker"] = blocker(*p.holder);
        break;
    case progress_kind::started:
    case progress_kind::statement:
    case progress_kind::working:
    case progress_kind::applied:
    case progress_kind::reverted:
    case progress_kind::stamped:
    case progress_kind::repaired:
        describe(out, p.step);
        out["step"] = p.index;
        out["steps"] = p.count;
        if (p.kind == progress_kind::statement || p.kind == progress_kind::working) {
            out["statement"] = p.statement;
            out["statements"] = p.statements;
            out["elapsed_ms"] = milliseconds(p.elapsed);
            if (p.doing) {
                out["doing"] = p.doing->what;
                out["phase"] = p.doing->phase;
                if (p.doing->percent)
                    out["percent"] = *p.doing->percent;
            }
        } else if (p.kind != progress_kind::started) {
            out["duration_ms"] = milliseconds(p.elapsed);
        }
        break;
    }
    return out;
}

json::object to_json(const migration_status& status) {
    json::array pending;
    for (const pending_revision& p : status.pending)
        pending.emplace_back(json::object{{"revision", p.revision},
                                          {"parents", array_of(p.parents)},
                                          {"message", p.message},
                                          {"destructive", p.destructive}});
    json::array history;
    for (const history_entry& h : status.history) {
        json::object row{{"revision", h.revision},     {"parents", array_of(h.parents)},
                         {"message", h.message},       {"state", h.state},
                         {"applied_at", h.applied_at}, {"duration_ms", h.duration_ms},
                         {"applied_by", h.applied_by}, {"file", h.file}};
        if (h.state == "partial" || h.state == "reverting") {
            row["statements_done"] = h.statements_done;
            row["statements"] = h.statements_total;
            if (!h.error.empty())
                row["error"] = h.error;
        }
        history.emplace_back(std::move(row));
    }
    json::object out{{"state", health::to_string(status.state)},
                     {"directory", status.directory},
                     {"current", array_of(status.current)},
                     {"heads", array_of(status.heads)},
                     {"pending", std::move(pending)},
                     {"history", std::move(history)},
                     {"warnings", array_of(status.warnings)}};
    if (status.problem) {
        out["reason"] = status.problem->text();
        out["code"] = problems::find(status.problem->code).name;
    }
    return out;
}

} // namespace headspace::migrate
