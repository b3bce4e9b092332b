// Revisions as Alembic prints them (alembic/script/base.py: Script.cmd_format, log_entry), and as
// JSON. Pure.
#pragma once

#include "revisions/graph.hpp"
#include "revisions/sum.hpp"

#include <boost/json/object.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace headspace::ctl {

/// What stands beside a revision's id.
struct revision_marks {
    const revisions::graph& graph;
    revisions::revision_set current; // marked (current); empty when nobody asked
};

/// "<base>" or "a, b".
[[nodiscard]] std::string parents_of(const revisions::script& s);
/// "20261121100000 (head)": as `heads` and `current` print it.
[[nodiscard]] std::string render_head(const revisions::script& s, const revision_marks& marks);
/// "<base> -> 20261121100000 (head) (branchpoint), Create users".
[[nodiscard]] std::string render_history_line(const revisions::script& s,
                                              const revision_marks& marks);
/// "Rev: ...", "Parent: ...", "Path: ..." and the message, several lines.
[[nodiscard]] std::string render_entry(const revisions::script& s, const revision_marks& marks,
                                       const std::filesystem::path& directory);
/// "    Revision ID: ...", "    Revises: ..." and, for an id that is a time, "    Create Date:
/// ...".
[[nodiscard]] std::string revision_lines(const std::string& revision,
                                         const std::vector<std::string>& parents);
/// A branch point and a line for each revision after it.
[[nodiscard]] std::string render_branch(const revisions::script& s, const revision_marks& marks,
                                        const std::filesystem::path& directory, bool verbose);

/// {"revision","parents","message","file","head","branchpoint","mergepoint","current",
///  "reversible","repeatable"}
[[nodiscard]] boost::json::object revision_json(const revisions::script& s,
                                                const revision_marks& marks);
/// {"file","line","change"}
[[nodiscard]] boost::json::object difference_json(const revisions::sum_difference& d);

} // namespace headspace::ctl
