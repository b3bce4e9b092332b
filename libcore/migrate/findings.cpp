#include "migrate/findings.hpp"

#include "base/text.hpp"
#include "migrate/edited.hpp"
#include "migrate/plan_extras.hpp"
#include "revisions/formats/format.hpp"
#include "revisions/sha256.hpp"
#include "revisions/text_diff.hpp"

#include <algorithm>
#include <set>

namespace headspace::migrate {

using revisions::graph;
using revisions::revision_list;
using revisions::script;

namespace {

finding about(finding_kind kind, const script& s, std::string text) {
    finding f;
    f.what = kind;
    f.revision = s.revision;
    f.file = revisions::shown_file(s.file);
    f.text = f.file + ": " + std::move(text);
    return f;
}

void add_row_findings(std::vector<finding>& out, const revisions::directory& files,
                      const std::vector<ledger_row>& rows) {
    for (const ledger_row& row : rows) {
        if (revisions::is_repeatable(row.revision))
            continue; // runs again whenever it changes
        const script* s = files.find(row.revision);
        finding f;
        f.revision = row.revision;
        f.file = s != nullptr ? revisions::shown_file(s->file) : std::string();
        const bool half = row.state == row_state::partial || row.state == row_state::reverting;
        if (half) {
            f.what = finding_kind::unfinished;
            f.text = "revision " + row.revision + " is half " +
                     (row.state == row_state::partial ? "applied" : "reverted") + " (" +
                     std::to_string(row.statements_done) + " of " +
                     std::to_string(row.statements_total) + " statements)" +
                     (row.error.empty() ? "" : ": " + row.error);
            out.push_back(std::move(f));
        } else if (s == nullptr) {
            f.what = finding_kind::gone;
            f.text = "revision " + row.revision + " (" + row.message +
                     ") is applied, and its file is gone";
            out.push_back(std::move(f));
        }
        if (s != nullptr && is_edited(*s, row)) {
            out.push_back(about(finding_kind::edited, *s,
                                "revision " + row.revision + " was edited after it was applied (" +
                                    row.applied_at + ")"));
            out.back().diff = edit_diff(*s, row);
        }
    }
}

void add_repeatable_findings(std::vector<finding>& out, const revisions::directory& files,
                             const ledger_state& ledger) {
    for (const script* s : changed_repeatables(files, ledger)) {
        const auto row =
            std::find_if(ledger.rows.begin(), ledger.rows.end(),
                         [&](const ledger_row& r) { return r.revision == s->revision; });
        const bool half = row != ledger.rows.end() && row->state == row_state::partial;
        out.push_back(about(finding_kind::pending, *s,
                            row == ledger.rows.end()
                                ? "was never applied, and is pending"
                                : (half ? "is half applied, and is pending"
                                        : "changed after it was applied (" + row->applied_at +
                                              "), and is pending again")));
    }
}

/// The tables, and what goes with them without a word.
std::set<schema::fact_id> with_what_hangs_on(const std::vector<std::vector<std::string>>& tables,
                                             const schema::catalogue& in) {
    std::set<schema::fact_id> found;
    for (const std::vector<std::string>& path : tables)
        found.insert({schema::kind::table, path});
    const auto goes = [&](const schema::fact& f) {
        if (f.has_parent && found.contains(f.parent))
            return true;
        const auto edges = in.edges_from(f.id);
        return std::any_of(edges.begin(), edges.end(), [&](const schema::edge& e) {
            return e.strength != schema::bond::normal && found.contains(e.to);
        });
    };
    for (std::size_t before = 0; before != found.size();) {
        before = found.size();
        for (const auto& [id, f] : in.facts)
            if (goes(f))
                found.insert(id);
    }
    return found;
}

/// Several lines become a diff.
void shorten(finding& f, const std::string& name, const schema::change& c) {
    const std::string before(c.before->get(name));
    const std::string after(c.after->get(name));
    const std::size_t at = f.text.find(": " + name + " is ");
    if ((before.find('\n') == std::string::npos && after.find('\n') == std::string::npos) ||
        at == std::string::npos)
        return;
    f.text = f.text.substr(0, at) + ": " + name + " differs";
    revisions::diff_options labels;
    labels.from = "in the database";
    labels.to = "by the migrations";
    f.diff = revisions::unified_diff(before + "\n", after + "\n", labels);
}

} // namespace

std::string_view to_string(finding_kind kind) noexcept {
    switch (kind) {
    case finding_kind::pending:
        return "pending";
    case finding_kind::out_of_order:
        return "out_of_order";
    case finding_kind::edited:
        return "edited";
    case finding_kind::unfinished:
        return "unfinished";
    case finding_kind::gone:
        return "gone";
    case finding_kind::several_heads:
        return "several_heads";
    case finding_kind::drift:
        return "drift";
    case finding_kind::roundtrip:
        return "roundtrip";
    case finding_kind::unmodelled:
        return "unmodelled";
    }
    return "";
}

std::vector<finding> compare_with_ledger(const revisions::directory& files,
                                         const ledger_state& ledger) {
    std::vector<finding> out;
    if (files.graph.heads().size() > 1) {
        finding f;
        f.what = finding_kind::several_heads;
        f.text = "there are several heads: " + join(files.graph.heads(), ", ");
        out.push_back(std::move(f));
    }
    add_row_findings(out, files, ledger.rows);
    revisions::revision_set known = applied_set(ledger.rows);
    const revision_list late = known_revisions(files, ledger.rows).out_of_order(known);
    for (const ledger_row& row : ledger.rows)
        known.insert(row.revision); // a half applied one is told as such
    for (const script& s : files.graph.scripts()) {
        if (known.contains(s.revision))
            continue;
        const bool is_late = std::find(late.begin(), late.end(), s.revision) != late.end();
        out.push_back(about(is_late ? finding_kind::out_of_order : finding_kind::pending, s,
                            "revision " + s.revision + " (" + s.message + ") is pending" +
                                (is_late ? ", and comes before an applied one" : "")));
    }
    add_repeatable_findings(out, files, ledger);
    return out;
}

void leave_out(schema::difference& d, const schema::catalogue& live,
               const std::vector<std::vector<std::string>>& tables) {
    const std::set<schema::fact_id> gone = with_what_hangs_on(tables, live);
    std::erase_if(d.removed, [&](const schema::fact* f) { return gone.contains(f->id); });
}

schema::catalogue without(const schema::catalogue& all,
                          const std::vector<std::vector<std::string>>& tables) {
    const std::set<schema::fact_id> gone = with_what_hangs_on(tables, all);
    const auto needed = [&](const schema::edge& e) {
        return gone.contains(e.to) && !gone.contains(e.from);
    };
    schema::catalogue out = all;
    if (std::any_of(all.edges.begin(), all.edges.end(), needed))
        return out; // somebody's view counts on it
    std::erase_if(out.facts, [&](const auto& one) { return gone.contains(one.first); });
    std::erase_if(out.edges, [&](const schema::edge& e) {
        return gone.contains(e.from) || gone.contains(e.to);
    });
    return out;
}

std::vector<finding> drift_findings(const schema::difference& d) {
    std::vector<finding> out;
    for (std::string& line : schema::explain(d)) {
        finding f;
        f.what = finding_kind::drift;
        f.text = std::move(line);
        out.push_back(std::move(f));
    }
    std::size_t at = d.removed.size() + d.added.size(); // explain()'s order
    for (const schema::change& c : d.changed)
        for (const std::string& name : c.attributes)
            shorten(out.at(at++), name, c);
    return out;
}

std::vector<std::string> unmodelled_names(const schema::catalogue& a, const schema::catalogue& b) {
    std::vector<std::string> out;
    for (const schema::catalogue* c : {&a, &b})
        for (const schema::unmodelled_object& o : c->unmodelled)
            out.push_back(o.type + " " + o.identity);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::string fingerprint(const schema::catalogue& c) {
    std::string all;
    const auto add = [&all](std::string_view part) {
        all += std::to_string(part.size());
        all += ':';
        all += part;
    };
    for (const auto& [id, fact] : c.facts) {
        all += std::to_string(static_cast<int>(id.what)) + "/" +
               std::to_string(static_cast<int>(id.on)) + "/" + std::to_string(id.path.size());
        for (const std::string& name : id.path)
            add(name);
        for (const auto& [name, value] : fact.payload) {
            add(name);
            add(value);
        }
        all += '\n';
    }
    return revisions::sha256_hex(all);
}

} // namespace headspace::migrate
