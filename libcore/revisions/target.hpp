// What a user means by `head`, `heads`, `base`, `current`, an id, its beginning, +N, -N, REV+N,
// REV-N, and BRANCH@ before any of these: Alembic's grammar. A branch is named by one of its
// revisions: BRANCH@head is the head after it. Pure.
#pragma once

#include "base/error.hpp"
#include "revisions/graph.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace headspace::revisions {

/// The revisions that `text` names; none: base. `applied` is what the ledger holds, nothing when
/// nobody asked it: `current` and bare +N, -N are then an error of class usage. Errors:
/// unknown_revision, ambiguous_revision, several_heads (for `head`), usage (not of the grammar).
result<revision_list> resolve_target(const graph& g, std::string_view text,
                                     const std::optional<revision_set>& applied);

/// Exactly one revision, for `show`, `--head` and the like.
result<std::string> resolve_one(const graph& g, std::string_view text,
                                const std::optional<revision_set>& applied);

/// What `upgrade TEXT` has to apply, in this order; empty: nothing to do. +N are the next N
/// pending ones; fewer is unknown_revision, as in Alembic.
result<revision_list> upgrade_path(const graph& g, const revision_set& applied,
                                   std::string_view text);

/// What `downgrade TEXT` has to revert, in this order. -N are the last N of the applied ones, also
/// across a merge. A target that is not applied is unknown_revision.
result<revision_list> downgrade_path(const graph& g, const revision_set& applied,
                                     std::string_view text);

/// `a:b`, `a:`, `:b` of `history -r`: the revisions between, both ends included, from head to base.
/// `-3:current` are the right end and the three before it, `REV:+3` goes forward from REV.
result<revision_list> resolve_range(const graph& g, std::string_view text,
                                    const std::optional<revision_set>& applied);

/// Whether the text can only be understood with the ledger: `current`, +N or -N.
[[nodiscard]] bool needs_applied(std::string_view text);

} // namespace headspace::revisions
