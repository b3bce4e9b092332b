#include "revisions/target.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace headspace::revisions {

namespace {

struct parsed_target {
    std::string branch; // empty: any
    std::string symbol; // may be empty when `steps` is given
    std::optional<int> steps;
};

error refuse(errc code, std::string what, std::string hint = {}) {
    return make_error(code, error_class::refuse, std::move(what), std::move(hint));
}

/// Letters, digits and '_', and dots between digits.
bool is_word(std::string_view text) {
    const auto is_digit = [](char c) {
        return c >= '0' && c <= '9';
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool part_ends = c == '.' && i > 0 && is_digit(text[i - 1]) && i + 1 < text.size() &&
                               is_digit(text[i + 1]);
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '_' &&
            !part_ends)
            return false;
    }
    return true;
}

result<parsed_target> parse(std::string_view whole) {
    const auto bad = [&] {
        return refuse(errc::usage, "'" + std::string(whole) + "' is not a revision",
                      "a revision is head, heads, base, current, an id or its beginning, +N, -N, "
                      "REV+N or REV-N, and may follow the name of its branch: REV@head");
    };
    parsed_target t;
    std::string_view text = whole;
    if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
        t.branch = text.substr(0, at);
        text.remove_prefix(at + 1);
        if (t.branch.empty() || !is_word(t.branch))
            return bad();
    }
    const std::size_t sign = text.find_last_of("+-");
    if (sign != std::string_view::npos) {
        const std::string_view digits = text.substr(sign + 1);
        int steps = 0;
        const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), steps);
        if (digits.empty() || ec != std::errc{} || end != digits.data() + digits.size())
            return bad();
        t.steps = text[sign] == '-' ? -steps : steps;
    }
    t.symbol = text.substr(0, sign);
    if (!is_word(t.symbol) || (t.symbol.empty() && !t.steps))
        return bad();
    return t;
}

result<std::string> by_id(const graph& g, const std::string& id) {
    if (g.contains(id))
        return id;
    revision_list found;
    for (const script& s : g.scripts())
        if (s.revision.starts_with(id))
            found.push_back(s.revision);
    if (found.empty())
        return refuse(errc::unknown_revision, "Can't locate revision identified by '" + id + "'",
                      "`headspacectl db history` lists them");
    if (found.size() == 1)
        return found.front();
    std::sort(found.begin(), found.end(), version_less);
    return refuse(errc::ambiguous_revision,
                  "Multiple revisions start with '" + id + "': " + join(found, ", "),
                  "write more of it");
}

error needs_the_ledger(std::string_view text) {
    return refuse(errc::usage, "'" + std::string(text) + "' needs to know what is applied",
                  "only a running headspaced knows that");
}

/// The revisions of a branch, what comes before it included; all without a branch.
result<revision_set> line_of(const graph& g, const std::string& branch) {
    revision_set line;
    if (branch.empty()) {
        for (const script& s : g.scripts())
            line.insert(s.revision);
        return line;
    }
    const result<std::string> named = by_id(g, branch);
    if (!named)
        return named.error();
    line = g.ancestors({*named});
    line.merge(g.descendants(*named));
    return line;
}

revision_set common(const revision_set& a, const revision_set& b) {
    revision_set out;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
    return out;
}

result<revision_list> symbol(const graph& g, const std::string& branch, const std::string& name,
                             const std::optional<revision_set>& applied) {
    const result<revision_set> line = line_of(g, branch);
    if (!line)
        return line.error();
    revision_list heads = g.heads();
    std::erase_if(heads, [&](const std::string& r) { return !line->contains(r); });
    if (name == "head" && heads.size() > 1)
        return refuse(errc::several_heads,
                      "Multiple head revisions are present for given argument '" +
                          (branch.empty() ? std::string() : branch + "@") +
                          "head': " + join(heads, ", "),
                      "name one of them, or 'heads' for all; `headspacectl db merge heads` makes "
                      "them one");
    if (name == "head" || name == "heads")
        return heads;
    if (name == "base")
        return revision_list{};
    if (name == "current" && !applied)
        return needs_the_ledger(name);
    if (name == "current")
        return g.heads_of(branch.empty() ? *applied : common(*applied, *line));
    const result<std::string> one = by_id(g, name);
    if (!one)
        return one.error();
    if (!line->contains(*one))
        return refuse(errc::unknown_revision,
                      "Revision " + *one + " is not on the branch of " + branch);
    return revision_list{*one};
}

error walked_too_far(int steps) {
    const std::string relative = (steps > 0 ? "+" : "") + std::to_string(steps);
    return refuse(errc::unknown_revision, "Relative revision " + relative + " didn't produce " +
                                              std::to_string(std::abs(steps)) + " migrations");
}

/// One revision at a time from `from` (none: base), up for positive steps.
result<revision_list> walk(const graph& g, const revision_list& from, int steps) {
    revision_list here = from;
    for (int i = 0; i < std::abs(steps); ++i) {
        if (here.size() > 1)
            return refuse(errc::ambiguous_revision,
                          "Ambiguous walk: it starts from " + join(here, " and "), "name one");
        if (here.empty() && steps < 0)
            return walked_too_far(steps);
        const revision_list next = steps < 0      ? g.find(here.front())->parents
                                   : here.empty() ? g.bases()
                                                  : g.children(here.front());
        if (next.empty() && steps > 0)
            return walked_too_far(steps);
        if (next.size() > 1)
            return refuse(errc::ambiguous_revision,
                          "Ambiguous walk: " + (here.empty() ? "base" : here.front()) +
                              (steps < 0 ? " follows " : " is followed by ") + join(next, " and "),
                          "name the revision itself");
        here = next;
    }
    return here;
}

revision_list reversed(revision_list list) {
    std::reverse(list.begin(), list.end());
    return list;
}

std::optional<error> unknown_applied(const graph& g, const revision_set& applied) {
    for (const std::string& revision : applied)
        if (!g.contains(revision))
            return refuse(errc::unknown_revision,
                          "revision " + revision + " is applied but its file is missing",
                          "restore the file of that revision");
    return {};
}

/// With a branch named: what is reverted may be what another branch stands on.
std::optional<error> still_needed(const graph& g, const revision_set& applied,
                                  const revision_list& reverted) {
    for (const std::string& revision : reverted)
        for (const std::string& child : g.children(revision))
            if (applied.contains(child) &&
                std::find(reverted.begin(), reverted.end(), child) == reverted.end())
                return refuse(errc::ambiguous_revision,
                              "revision " + child + " of another branch follows " + revision +
                                  " and is applied",
                              "revert that branch first, or name the revision to go back to");
    return {};
}

/// BRANCH@base: everything that its first revisions lead to.
result<revision_list> whole_branch(const graph& g, const revision_set& applied,
                                   const std::string& branch) {
    const result<revision_set> line = line_of(g, branch);
    if (!line)
        return line.error();
    revision_set reverted;
    for (const std::string& base : g.bases())
        if (line->contains(base)) {
            reverted.insert(base);
            reverted.merge(g.descendants(base));
        }
    return reversed(g.ordered(common(reverted, applied)));
}

} // namespace

bool needs_applied(std::string_view text) {
    // Either end of a range may be relative to the other, which needs no ledger.
    if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        const auto current = [](std::string_view end) {
            return end.substr(end.find('@') + 1).starts_with("current");
        };
        return current(text.substr(0, colon)) || current(text.substr(colon + 1));
    }
    text.remove_prefix(text.find('@') + 1);
    return text.starts_with("current") || text.starts_with("+") || text.starts_with("-");
}

result<revision_list> resolve_target(const graph& g, std::string_view text,
                                     const std::optional<revision_set>& applied) {
    const result<parsed_target> target = parse(text);
    if (!target)
        return target.error();
    if (target->symbol.empty() && !applied)
        return needs_the_ledger(text);
    result<revision_list> start =
        symbol(g, target->branch, target->symbol.empty() ? "current" : target->symbol, applied);
    if (!start || !target->steps)
        return start;
    for (const std::string& revision : *start)
        if (!g.contains(revision))
            return refuse(errc::unknown_revision, "Can't locate revision identified by '" +
                                                      revision + "', which is applied");
    return walk(g, *start, *target->steps);
}

result<std::string> resolve_one(const graph& g, std::string_view text,
                                const std::optional<revision_set>& applied) {
    result<revision_list> found = resolve_target(g, text, applied);
    if (!found)
        return found.error();
    if (found->size() == 1)
        return found->front();
    if (found->empty())
        return refuse(errc::unknown_revision,
                      "'" + std::string(text) + "' is no revision with a file",
                      "`headspacectl db history` lists them");
    return refuse(errc::ambiguous_revision,
                  "'" + std::string(text) + "' names several: " + join(*found, ", "),
                  "name one of them");
}

result<revision_list> upgrade_path(const graph& g, const revision_set& applied,
                                   std::string_view text) {
    const result<parsed_target> target = parse(text);
    if (!target)
        return target.error();
    const auto pending_of = [&](const revision_list& heads) {
        revision_list pending = g.ordered(g.ancestors(heads));
        std::erase_if(pending, [&](const std::string& r) { return applied.contains(r); });
        return pending;
    };
    if (!target->symbol.empty() || !target->steps) {
        const result<revision_list> heads = resolve_target(g, text, applied);
        if (!heads)
            return heads.error();
        return pending_of(*heads);
    }
    if (*target->steps < 0)
        return refuse(errc::usage, "'" + std::string(text) + "' goes back, and upgrade forward",
                      "use `headspacectl db downgrade`");
    const result<revision_list> heads = symbol(g, target->branch, "heads", applied);
    if (!heads)
        return heads.error();
    revision_list pending = pending_of(*heads);
    const auto wanted = static_cast<std::size_t>(*target->steps);
    if (heads->size() > 1) {
        // Which branch is meant nobody said; as long as there is one way only, it does not matter.
        const auto ready = std::count_if(pending.begin(), pending.end(), [&](const std::string& r) {
            const revision_list& parents = g.find(r)->parents;
            return std::all_of(parents.begin(), parents.end(),
                               [&](const std::string& p) { return applied.contains(p); });
        });
        if (ready > 1)
            return refuse(errc::ambiguous_revision,
                          "Ambiguous walk: several branches have pending revisions",
                          "name the revision itself, or 'heads'");
    }
    if (pending.size() < wanted)
        return walked_too_far(*target->steps);
    pending.resize(wanted);
    return pending;
}

result<revision_list> downgrade_path(const graph& g, const revision_set& applied,
                                     std::string_view text) {
    const result<parsed_target> target = parse(text);
    if (!target)
        return target.error();
    if (auto problem = unknown_applied(g, applied))
        return *problem;
    if (target->symbol.empty() && target->steps) {
        const int steps = *target->steps;
        if (steps > 0)
            return refuse(errc::usage,
                          "'" + std::string(text) + "' goes forward, and downgrade back",
                          "use `headspacectl db upgrade`");
        const result<revision_set> line = line_of(g, target->branch);
        if (!line)
            return line.error();
        revision_list last = reversed(g.ordered(common(applied, *line)));
        if (last.size() < static_cast<std::size_t>(-steps))
            return walked_too_far(steps);
        last.resize(static_cast<std::size_t>(-steps));
        if (auto needed = still_needed(g, applied, last))
            return *needed;
        return last;
    }
    if (target->symbol == "base" && !target->steps && !target->branch.empty())
        return whole_branch(g, applied, target->branch);
    const result<revision_list> keep = resolve_target(g, text, applied);
    if (!keep)
        return keep.error();
    revision_set reverted;
    for (const std::string& revision : *keep) {
        if (!applied.contains(revision))
            return refuse(errc::unknown_revision,
                          "revision " + revision + " is not applied, so nothing can go back to it",
                          "`headspacectl db current` says where the database stands");
        reverted.merge(g.descendants(revision));
    }
    if (keep->empty())
        reverted = applied;
    std::erase_if(reverted, [&](const std::string& r) { return !applied.contains(r); });
    return reversed(g.ordered(reverted));
}

result<revision_list> resolve_range(const graph& g, std::string_view text,
                                    const std::optional<revision_set>& applied) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
        return refuse(errc::usage, "History range requires [start]:[end], [start]:, or :[end]");
    const std::string_view left = trim(text.substr(0, colon));
    const std::string_view right = trim(text.substr(colon + 1));
    // -3:REV counts back from REV, REV:+3 forward from REV.
    const bool left_relative = left.starts_with('-') || left.starts_with('+');
    const bool right_relative = right.starts_with('-') || right.starts_with('+');
    if (left_relative && right_relative)
        return refuse(errc::usage, "only one end of a range may be relative to the other");

    const auto side = [&](std::string_view end, std::string_view otherwise) {
        return resolve_target(g, end.empty() ? otherwise : end, applied);
    };
    const auto from = [&](const revision_list& start) -> result<revision_list> {
        const result<parsed_target> steps = parse(right);
        return steps ? walk(g, start, *steps->steps) : steps.error();
    };
    result<revision_list> low =
        left_relative ? result<revision_list>(revision_list{}) : side(left, "base");
    if (!low)
        return low.error();
    result<revision_list> high = right_relative ? from(*low) : side(right, "heads");
    if (!high)
        return high.error();
    if (left_relative) {
        // The last so many in order: across a merge that is more use than "ambiguous".
        const result<parsed_target> back = parse(left);
        if (!back)
            return back.error();
        if (*back->steps > 0)
            return refuse(errc::usage, "'" + std::string(left) + "' does not come before the end");
        revision_list last = reversed(g.ordered(g.ancestors(*high)));
        last.resize(std::min(last.size(), static_cast<std::size_t>(-*back->steps) + 1));
        return last;
    }

    revision_set shown = g.ancestors(*high);
    revision_set after;
    for (const std::string& revision : *low) {
        if (!shown.contains(revision))
            return refuse(errc::unknown_revision, "Revision " + revision +
                                                      " is not an ancestor of revision " +
                                                      (high->empty() ? "base" : join(*high, ", ")));
        after.insert(revision);
        after.merge(g.descendants(revision));
    }
    if (!low->empty())
        std::erase_if(shown, [&](const std::string& r) { return !after.contains(r); });
    return reversed(g.ordered(shown));
}

} // namespace headspace::revisions
