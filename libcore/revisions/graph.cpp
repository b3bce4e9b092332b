#include "revisions/graph.hpp"

#include "base/text.hpp"
#include "revisions/lexer.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>

namespace headspace::revisions {

namespace {

const revision_list nobody;

std::string_view without_zeros(std::string_view digits) {
    const std::size_t first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? digits.substr(digits.size()) : digits.substr(first);
}

std::string_view take_part(std::string_view& version) {
    const std::size_t dot = version.find('.');
    const std::string_view part = without_zeros(version.substr(0, dot));
    version = dot == std::string_view::npos ? std::string_view() : version.substr(dot + 1);
    return part;
}

/// Part by part; one that is missing is 0.
int compare_parts(std::string_view a, std::string_view b) {
    while (!a.empty() || !b.empty()) {
        const std::string_view x = take_part(a);
        const std::string_view y = take_part(b);
        if (x.size() != y.size())
            return x.size() < y.size() ? -1 : 1;
        if (const int order = x.compare(y); order != 0)
            return order;
    }
    return 0;
}

struct by_version {
    bool operator()(const std::string& a, const std::string& b) const { return version_less(a, b); }
};

error graph_error(errc code, const script& where, std::string what, std::string hint) {
    const std::string file = where.file.empty() ? where.revision : shown_file(where.file);
    const std::uint32_t line = std::max<std::uint32_t>(1, where.parents_line);
    error e = malformed(file, line, what, std::move(hint));
    e.code = code;
    return e;
}

} // namespace

bool version_less(std::string_view a, std::string_view b) {
    const int order = compare_parts(a, b);
    return order == 0 ? a < b : order < 0;
}

bool same_version(std::string_view a, std::string_view b) {
    return compare_parts(a, b) == 0;
}

/// Turns a list of scripts into a graph, or into the list of what is wrong with it.
struct graph_builder {
    std::vector<script> scripts;
    std::vector<error> problems;

    void sort_and_drop_duplicates() {
        // As files that were read by name mostly are; moving scripts costs more than looking.
        const auto not_after = [](const script& a, const script& b) {
            return !version_less(a.revision, b.revision);
        };
        if (std::adjacent_find(scripts.begin(), scripts.end(), not_after) == scripts.end())
            return;
        std::stable_sort(scripts.begin(), scripts.end(), [](const script& a, const script& b) {
            return a.revision == b.revision ? a.file < b.file
                                            : version_less(a.revision, b.revision);
        });
        std::vector<script> kept;
        for (script& s : scripts) {
            if (!kept.empty() && kept.back().revision == s.revision)
                problems.push_back(graph_error(errc::duplicate_revision, s,
                                               "revision " + s.revision + " is also that of " +
                                                   shown_file(kept.back().file),
                                               "rename one of the files to a revision of its own"));
            else
                kept.push_back(std::move(s));
        }
        scripts = std::move(kept);
    }

    void fill_parents() {
        for (std::size_t i = 0; i < scripts.size(); ++i) {
            script& s = scripts[i];
            s.parents.clear();
            if (s.stated_parents)
                s.parents = *s.stated_parents;
            else if (i > 0)
                s.parents = {scripts[i - 1].revision};
        }
    }

    void check_parents() {
        revision_set known;
        for (const script& s : scripts)
            known.insert(s.revision);
        for (const script& s : scripts)
            for (const std::string& parent : s.parents)
                if (!known.contains(parent))
                    problems.push_back(graph_error(
                        errc::missing_parent, s,
                        "the parent " + parent + " of revision " + s.revision + " does not exist",
                        "restore its file, or correct the line `-- headspace:parent`"));
    }

    /// Parents first; among those that are ready, the lowest version. What is left over lies on or
    /// after a cycle.
    std::vector<script>
    in_order(const std::map<std::string, revision_list, std::less<>>& children) {
        std::map<std::string, std::size_t, std::less<>> waits_for;
        std::map<std::string, script*, by_version> ready;
        std::map<std::string, script*, std::less<>> all;
        for (script& s : scripts) {
            all.emplace(s.revision, &s);
            waits_for[s.revision] = s.parents.size();
            if (s.parents.empty())
                ready.emplace(s.revision, &s);
        }
        std::vector<script> ordered;
        while (!ready.empty()) {
            script* next = ready.begin()->second;
            ready.erase(ready.begin());
            if (const auto after = children.find(next->revision); after != children.end())
                for (const std::string& child : after->second)
                    if (--waits_for[child] == 0)
                        ready.emplace(child, all.at(child));
            waits_for.erase(next->revision);
            ordered.push_back(std::move(*next));
        }
        if (!waits_for.empty())
            name_cycle(waits_for, all);
        return ordered;
    }

    void name_cycle(const std::map<std::string, std::size_t, std::less<>>& left,
                    const std::map<std::string, script*, std::less<>>& all) {
        // Every revision that is left has a parent that is left: walking up must come back.
        revision_list path{left.begin()->first};
        for (;;) {
            const script& s = *all.at(path.back());
            const auto up = std::find_if(s.parents.begin(), s.parents.end(),
                                         [&](const std::string& p) { return left.contains(p); });
            const auto seen = std::find(path.begin(), path.end(), *up);
            if (seen == path.end()) {
                path.push_back(*up);
                continue;
            }
            path.erase(path.begin(), seen);
            break;
        }
        revision_list files;
        for (const std::string& revision : path)
            files.push_back(shown_file(all.at(revision)->file));
        const std::string what = files.size() == 1
                                     ? "revision " + path.front() + " is its own parent"
                                     : "the revisions form a cycle: " + join(files, " follows ") +
                                           " follows " + files.front();
        problems.push_back(graph_error(errc::revision_cycle, *all.at(path.front()), what,
                                       "correct one of the lines `-- headspace:parent`"));
    }

    graph_report build() {
        sort_and_drop_duplicates();
        fill_parents();
        check_parents();
        graph g;
        for (const script& s : scripts)
            for (const std::string& parent : s.parents)
                g.children_[parent].push_back(s.revision); // in version order
        if (problems.empty())
            g.scripts_ = in_order(g.children_);
        if (!problems.empty())
            return {graph{}, std::move(problems)};
        for (std::size_t i = 0; i < g.scripts_.size(); ++i) {
            const script& s = g.scripts_[i];
            g.index_.emplace(s.revision, i);
            if (s.parents.empty())
                g.bases_.push_back(s.revision);
            if (!g.children_.contains(s.revision))
                g.heads_.push_back(s.revision);
        }
        std::sort(g.heads_.begin(), g.heads_.end(), by_version());
        return {std::move(g), {}};
    }
};

graph_report build_graph(std::vector<script> scripts) {
    return graph_builder{std::move(scripts), {}}.build();
}

const script* graph::find(std::string_view revision) const {
    const auto found = index_.find(revision);
    return found == index_.end() ? nullptr : &scripts_[found->second];
}

const revision_list& graph::children(std::string_view revision) const {
    const auto found = children_.find(revision);
    return found == children_.end() ? nobody : found->second;
}

bool graph::is_head(std::string_view revision) const {
    return contains(revision) && children(revision).empty();
}

bool graph::is_branch_point(std::string_view revision) const {
    return children(revision).size() > 1;
}

bool graph::is_merge_point(std::string_view revision) const {
    const script* s = find(revision);
    return s && s->parents.size() > 1;
}

revision_set graph::ancestors(const revision_list& revisions) const {
    revision_set found;
    std::deque<std::string_view> todo(revisions.begin(), revisions.end());
    for (; !todo.empty(); todo.pop_front()) {
        const script* s = find(todo.front());
        if (s && found.insert(s->revision).second)
            todo.insert(todo.end(), s->parents.begin(), s->parents.end());
    }
    return found;
}

revision_set graph::descendants(std::string_view revision) const {
    revision_set found;
    std::deque<std::string_view> todo{revision};
    for (; !todo.empty(); todo.pop_front())
        for (const std::string& child : children(todo.front()))
            if (found.insert(child).second)
                todo.push_back(child);
    return found;
}

revision_list graph::heads_of(const revision_set& some) const {
    revision_list found;
    for (const std::string& revision : some) {
        const revision_list& after = children(revision);
        if (std::none_of(after.begin(), after.end(),
                         [&](const std::string& child) { return some.contains(child); }))
            found.push_back(revision);
    }
    std::sort(found.begin(), found.end(), by_version());
    return found;
}

revision_list graph::ordered(const revision_set& some) const {
    revision_list found;
    for (const script& s : scripts_)
        if (some.contains(s.revision))
            found.push_back(s.revision);
    return found;
}

revision_list graph::out_of_order(const revision_set& applied) const {
    const revision_set below = ancestors(revision_list(applied.begin(), applied.end()));
    revision_set skipped;
    std::set_difference(below.begin(), below.end(), applied.begin(), applied.end(),
                        std::inserter(skipped, skipped.end()));
    return ordered(skipped);
}

} // namespace headspace::revisions
