#include "ctl/db_status.hpp"

#include "base/text.hpp"
#include "ctl/db_render.hpp"
#include "revisions/script.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <set>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

const json::array& list_of(const json::value& value, std::string_view key) {
    static const json::array none;
    const json::value* found = member(value, key);
    return found != nullptr && found->is_array() ? found->get_array() : none;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

/// Every revision that the answer knows, applied or pending; once, though a half applied one is
/// both.
template<class Use>
void for_each_revision(const json::value& migrations, Use use) {
    std::set<std::string> seen;
    for (const char* list : {"history", "pending"})
        for (const json::value& row : list_of(migrations, list))
            if (seen.insert(text_of(row, "revision")).second)
                use(row);
}

/// " (head) (branchpoint) (mergepoint)", those that hold.
std::string marks_of(const json::value& migrations, const std::string& revision) {
    std::size_t parents = 0;
    std::size_t children = 0;
    for_each_revision(migrations, [&](const json::value& row) {
        const auto above = texts_of(row, "parents");
        if (text_of(row, "revision") == revision)
            parents = above.size();
        children += contains(above, revision) ? 1 : 0;
    });
    return std::string(contains(texts_of(migrations, "heads"), revision) ? " (head)" : "") +
           (children > 1 ? " (branchpoint)" : "") + (parents > 1 ? " (mergepoint)" : "");
}

std::string branches_into(const json::value& migrations, const std::string& revision) {
    std::vector<std::string> children;
    for_each_revision(migrations, [&](const json::value& row) {
        if (contains(texts_of(row, "parents"), revision))
            children.push_back(text_of(row, "revision"));
    });
    return children.size() > 1 ? "Branches into: " + join(children, ", ") + "\n" : "";
}

std::string parents(const json::value& row) {
    const auto all = texts_of(row, "parents");
    return all.empty() ? "<base>" : join(all, ", ");
}

std::string entry(const json::value& migrations, const std::string& revision,
                  const std::string& marked) {
    std::string out = "Rev: " + marked + "\n";
    for (const json::value& row : list_of(migrations, "history")) {
        if (text_of(row, "revision") != revision)
            continue;
        const bool merges = texts_of(row, "parents").size() > 1;
        out += (merges ? "Merges: " : "Parent: ") + parents(row) + "\n" +
               branches_into(migrations, revision);
        if (const std::string file = text_of(row, "file"); !file.empty())
            out += "Path: " + text_of(migrations, "directory") + "/" + revisions::shown_file(file) +
                   "\n";
        out += "\n    " + text_of(row, "message") + "\n\n" +
               revision_lines(revision, texts_of(row, "parents")) +
               "    Applied: " + text_of(row, "applied_at") + " by " + text_of(row, "applied_by") +
               "\n";
    }
    return out + "\n";
}

std::string pending_text(const json::value& migrations) {
    std::string out;
    for (const json::value& row : list_of(migrations, "pending")) {
        const json::value* destructive = member(row, "destructive");
        out += (out.empty() ? "" : "\n") + text_of(row, "revision") + ", " +
               text_of(row, "message") +
               (destructive != nullptr && destructive->is_bool() && destructive->get_bool()
                    ? " (destructive)"
                    : "");
    }
    return out;
}

/// Without those that are half done.
std::size_t count_applied(const json::value& migrations) {
    const json::array& all = list_of(migrations, "history");
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const json::value& row) {
            const std::string state = text_of(row, "state");
            return state != "partial" && state != "reverting";
        }));
}

std::string last_applied(const json::value& migrations) {
    const json::array& all = list_of(migrations, "history");
    if (all.empty())
        return {};
    const json::value& row = all[all.size() - 1];
    return text_of(row, "revision") + ", " + text_of(row, "message") + "; " +
           text_of(row, "state") + " " + text_of(row, "applied_at") + " by " +
           text_of(row, "applied_by");
}

} // namespace

bool at_heads(const json::value& migrations) {
    auto current = texts_of(migrations, "current");
    auto heads = texts_of(migrations, "heads");
    std::sort(current.begin(), current.end());
    std::sort(heads.begin(), heads.end());
    return current == heads;
}

std::string render_current(const json::value& migrations, bool verbose) {
    const std::string database = text_of(migrations, "database");
    std::string out;
    if (verbose && !database.empty())
        out = "Current revision(s) for " + database + ":\n";
    for (const std::string& revision : texts_of(migrations, "current")) {
        const std::string marked = revision + marks_of(migrations, revision);
        out += verbose ? entry(migrations, revision, marked) : marked + "\n";
    }
    return out;
}

std::string render_migrations(const json::value& migrations, const style& look) {
    const auto current = texts_of(migrations, "current");
    sheet out;
    out.row("migrations", look.word(text_of(migrations, "state")));
    out.row("reason", text_of(migrations, "reason"));
    out.row("directory", text_of(migrations, "directory"));
    out.row("current", current.empty() ? "<base>" : join(current, ", "));
    out.row("heads", join(texts_of(migrations, "heads"), ", "));
    out.row("applied", std::to_string(count_applied(migrations)));
    out.row("last", last_applied(migrations));
    out.row("pending", pending_text(migrations));
    out.row("warnings", join(texts_of(migrations, "warnings"), "\n"));
    return out.text(look.width);
}

} // namespace headspace::ctl
