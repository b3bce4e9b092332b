// Tables that get another parent: partitions that are attached, detached or get another bound,
// heirs that begin or end to inherit. What a link hides (inherited columns and constraints,
// attached indexes, cloned keys) only the server knows, on both sides. So the links that change are
// cut first, in A and in B, both are read again, plan_changes() compares what is then all there,
// and the links are made last. Whatever ATTACH demands (columns, types, NOT NULL, checks) or would
// build (indexes, keys) is there by then, because it was there when B's link was cut. Pure.
//
//     up   = links.head.forward + plan_changes(a', b') + links.tail.forward
//     down = links.tail.backward + plan_changes(b', a') + links.head.backward
#pragma once

#include "schema/plan.hpp"

#include <set>
#include <string>
#include <vector>

namespace headspace::schema {

/// Statements that lead somewhere, and those that lead back.
struct there_and_back {
    std::vector<planned_statement> forward;
    std::vector<planned_statement> backward;

    /// What begins where this ends.
    void append(const there_and_back& next);
};

struct link_plan {
    std::set<fact_id> tables; // whose links are cut
    there_and_back head;      // cuts those that `from` has
    there_and_back tail; // makes those that `to` has; all that is not transactional comes first
    /// Some table leaves a parent and gets one again: what runs in between should be one
    /// transaction, or its rows are not seen through a parent meanwhile. No form is online then.
    bool rejoins = false;
    std::vector<std::string> detected; // "Detected attached partition 'm_1' of 'm'"
    std::vector<std::string> notes;    // links that are the same on both sides and cut anyway

    [[nodiscard]] bool empty() const { return tables.empty(); }
};

link_plan plan_links(const catalogue& from, const catalogue& to, const plan_options& options);

/// Both sides with and without the links.
struct link_sides {
    const catalogue& from;     // A
    const catalogue& from_cut; // after links.head.forward
    const catalogue& to_cut;   // B after links.tail.backward
    const catalogue& to;       // B
};

/// The index of a partition is its parent's and has any name: where such a one would be dropped on
/// one side and built under another name on the other, it is renamed. From `from_cut` to A'.
there_and_back plan_link_names(const link_sides& sides, const link_plan& links);

} // namespace headspace::schema
