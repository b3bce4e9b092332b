// The revisions and who follows whom: heads, bases, branch points, and the order in which they run.
// Pure.
#pragma once

#include "base/error.hpp"
#include "revisions/script.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::revisions {

using revision_list = std::vector<std::string>;
using revision_set = std::set<std::string, std::less<>>;

/// Whether `a` comes before `b` in version order: as numbers, whatever their length, and part by
/// part where they have dots ("1.10" after "1.9").
[[nodiscard]] bool version_less(std::string_view a, std::string_view b);
/// Whether they are the same number, however they are written: "7" and "007", "1.0" and "1".
[[nodiscard]] bool same_version(std::string_view a, std::string_view b);

class graph {
public:
    /// From base to head; parents always before children, else in version order.
    [[nodiscard]] const std::vector<script>& scripts() const { return scripts_; }
    [[nodiscard]] bool empty() const { return scripts_.empty(); }
    [[nodiscard]] const script* find(std::string_view revision) const;
    [[nodiscard]] bool contains(std::string_view revision) const { return find(revision); }

    [[nodiscard]] const revision_list& heads() const { return heads_; }
    [[nodiscard]] const revision_list& bases() const { return bases_; }
    [[nodiscard]] const revision_list& children(std::string_view revision) const;
    [[nodiscard]] bool is_head(std::string_view revision) const;
    [[nodiscard]] bool is_branch_point(std::string_view revision) const;
    [[nodiscard]] bool is_merge_point(std::string_view revision) const;

    /// `revisions` and everything before them.
    [[nodiscard]] revision_set ancestors(const revision_list& revisions) const;
    /// Everything after `revision`, without itself.
    [[nodiscard]] revision_set descendants(std::string_view revision) const;
    /// Those of `some` that no other one of `some` follows: what `current` prints.
    [[nodiscard]] revision_list heads_of(const revision_set& some) const;
    /// `some` from base to head; what the graph does not know is left out.
    [[nodiscard]] revision_list ordered(const revision_set& some) const;
    /// Not applied, although something after them is.
    [[nodiscard]] revision_list out_of_order(const revision_set& applied) const;

private:
    friend struct graph_builder;
    std::vector<script> scripts_;
    std::map<std::string, std::size_t, std::less<>> index_;
    std::map<std::string, revision_list, std::less<>> children_;
    revision_list heads_;
    revision_list bases_;
};

struct graph_report {
    revisions::graph graph;      // empty when there are problems
    std::vector<error> problems; // duplicate_revision, missing_parent, revision_cycle; all of them
};

/// A script without a stated parent follows the one before it in version order.
[[nodiscard]] graph_report build_graph(std::vector<script> scripts);

} // namespace headspace::revisions
