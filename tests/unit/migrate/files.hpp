// Migration files and ledger rows for tests, without a disk and without a database.
#pragma once

#include "migrate/ledger_row.hpp"
#include "revisions/directory.hpp"

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace headspace::test {

using file = std::pair<std::string, std::string>; // name, text

inline revisions::directory directory_of(std::vector<file> files, bool with_sum = true) {
    revisions::directory out;
    out.path = "/srv/migrations";
    std::vector<revisions::script> scripts;
    for (const auto& [name, text] : files) {
        auto parsed = revisions::parse_script(name, text);
        if (parsed.has_error())
            out.problems.push_back(parsed.error());
        else
            scripts.push_back(std::move(*parsed));
    }
    auto built = revisions::build_graph(std::move(scripts));
    for (const error& problem : built.problems)
        out.problems.push_back(problem);
    if (out.problems.empty())
        out.graph = std::move(built.graph);
    if (with_sum)
        out.sum = revisions::parse_sum(revisions::compute_sum(out.graph.scripts())).value();
    return out;
}

/// As if headspace.sum had been written before the last file came.
inline void forget_last_in_sum(revisions::directory& files) {
    files.sum->pop_back();
    files.sum_differences = revisions::compare_sum(*files.sum, files.graph.scripts());
}

/// A file with one statement up and one down.
inline file simple(const std::string& revision, const std::string& header = {}) {
    return {revision + "_r.sql",
            "-- message of " + revision + "\n" + header + "-- migrate:up\nCREATE TABLE t" +
                revision + " (id int);\n-- migrate:down\nDROP TABLE t" + revision + ";\n"};
}

/// The row that applying `revision` of `files` leaves.
inline migrate::ledger_row row_for(const revisions::directory& files, const std::string& revision) {
    const revisions::script* s = files.graph.find(revision);
    if (s == nullptr)
        throw std::logic_error("no such revision in the test: " + revision);
    migrate::ledger_row row;
    row.revision = s->revision;
    row.parents = s->parents;
    row.message = s->message;
    row.file = s->file;
    row.checksum = s->checksum;
    row.applied_at = "2026-11-21T10:00:00.000Z";
    row.up_sql = s->up.text;
    if (s->down)
        row.down_sql = s->down->text;
    row.has_down = s->down.has_value();
    row.statements_done = row.statements_total =
        static_cast<std::uint32_t>(s->up.statements.size());
    return row;
}

inline migrate::ledger_state ledger_of(const revisions::directory& files,
                                       std::initializer_list<const char*> revisions) {
    migrate::ledger_state state;
    state.exists = true;
    for (const char* revision : revisions)
        state.rows.push_back(row_for(files, revision));
    return state;
}

} // namespace headspace::test
