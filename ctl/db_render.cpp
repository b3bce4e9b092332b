#include "ctl/db_render.hpp"

#include "base/text.hpp"
#include "ctl/render.hpp"
#include "revisions/formats/format.hpp"
#include "revisions/names.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace headspace::ctl {

namespace json = boost::json;
using revisions::script;

namespace {

std::string head_mark(const script& s, const revision_marks& marks) {
    return marks.graph.is_head(s.revision) ? " (head)" : "";
}

std::string current_mark(const script& s, const revision_marks& marks) {
    return marks.current.contains(s.revision) ? " (current)" : "";
}

std::string tree_marks(const script& s, const revision_marks& marks) {
    return std::string(marks.graph.is_branch_point(s.revision) ? " (branchpoint)" : "") +
           (marks.graph.is_merge_point(s.revision) ? " (mergepoint)" : "");
}

} // namespace

std::string revision_lines(const std::string& revision, const std::vector<std::string>& parents) {
    std::string text = "    Revision ID: " + revision +
                       "\n    Revises:" + (parents.empty() ? "" : " " + join(parents, ", ")) + "\n";
    const auto t = revisions::time_of_revision(revision);
    if (!t)
        return text;
    std::string date = format_utc(*t).substr(0, 19);
    std::replace(date.begin(), date.end(), 'T', ' ');
    return text + "    Create Date: " + date + "\n";
}

std::string parents_of(const script& s) {
    return s.parents.empty() ? "<base>" : join(s.parents, ", ");
}

std::string render_head(const script& s, const revision_marks& marks) {
    return s.revision + head_mark(s, marks) + current_mark(s, marks);
}

std::string render_history_line(const script& s, const revision_marks& marks) {
    if (revisions::is_repeatable(s.revision))
        return s.revision + " (repeatable), " + s.message;
    return parents_of(s) + " -> " + render_head(s, marks) + tree_marks(s, marks) + ", " + s.message;
}

std::string render_entry(const script& s, const revision_marks& marks,
                         const std::filesystem::path& directory) {
    if (revisions::is_repeatable(s.revision))
        return "Rev: " + s.revision +
               " (repeatable)\nPath: " + (directory / revisions::shown_file(s.file)).string() +
               "\n\n    " + s.message + "\n\n";
    const bool merges = marks.graph.is_merge_point(s.revision);
    std::string text = "Rev: " + s.revision + head_mark(s, marks) + tree_marks(s, marks) +
                       current_mark(s, marks) + "\n";
    text += (merges ? "Merges: " : "Parent: ") + parents_of(s) + "\n";
    if (marks.graph.is_branch_point(s.revision))
        text += "Branches into: " + join(marks.graph.children(s.revision), ", ") + "\n";
    if (!s.file.empty())
        text += "Path: " + (directory / revisions::shown_file(s.file)).string() + "\n";
    return text + "\n    " + s.message + "\n\n" + revision_lines(s.revision, s.parents) + "\n";
}

std::string render_branch(const script& s, const revision_marks& marks,
                          const std::filesystem::path& directory, bool verbose) {
    std::string text = verbose ? render_entry(s, marks, directory)
                               : render_head(s, marks) + tree_marks(s, marks) + "\n";
    for (const std::string& child : marks.graph.children(s.revision)) {
        const script& after = *marks.graph.find(child);
        text += std::string(s.revision.size(), ' ') + " -> " + render_head(after, marks) +
                tree_marks(after, marks) + (verbose ? ", " + after.message : "") + "\n";
    }
    return text + "\n";
}

json::object revision_json(const script& s, const revision_marks& marks) {
    json::object out;
    out["revision"] = s.revision;
    out["parents"] = string_array(s.parents);
    out["message"] = s.message;
    out["file"] = s.file;
    out["head"] = marks.graph.is_head(s.revision);
    out["branchpoint"] = marks.graph.is_branch_point(s.revision);
    out["mergepoint"] = marks.graph.is_merge_point(s.revision);
    out["current"] = marks.current.contains(s.revision);
    out["reversible"] = s.down.has_value();
    out["repeatable"] = revisions::is_repeatable(s.revision);
    return out;
}

json::object difference_json(const revisions::sum_difference& d) {
    constexpr std::array<const char*, 4> names{"added", "edited", "removed", "reordered"};
    json::object out;
    out["file"] = d.file;
    out["line"] = d.line;
    out["change"] = names.at(static_cast<std::size_t>(d.what));
    return out;
}

} // namespace headspace::ctl
