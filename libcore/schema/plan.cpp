#include "schema/plan.hpp"

#include "schema/diff.hpp"
#include "schema/plan_decide.hpp"
#include "schema/plan_hints.hpp"
#include "schema/plan_order.hpp"
#include "schema/plan_words.hpp"
#include "schema/privileges.hpp"
#include "schema/rules.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace headspace::schema {

namespace {

result<statements> statements_of(const action& a, const decisions& d, const plan_context& context) {
    const fact& f = a.after ? *a.after : *a.before;
    const rule& r = rule_of(f.id.what);
    switch (a.what) {
    case action::step::create:
        return r.create(f, a.folded, context);
    case action::step::drop:
        return r.drop(f, context);
    case action::step::alter:
        return r.alter(d.changes.at(f.id), context);
    case action::step::finish:
        return r.finish(d.changes.at(f.id), context);
    }
    return statements{};
}

// A kind that is read and has no rule can be compared and not changed.
result<void> all_have_rules(const difference& d) {
    const auto check = [](const fact& f) -> result<void> {
        if (has_rule(f.id.what))
            return {};
        return make_error(errc::conflict_here, error_class::refuse,
                          "no statements can be written for " + std::string(word_of(f.id.what)) +
                              " " + to_string(f.id),
                          "write this migration by hand (headspacectl db revision)");
    };
    for (const auto* list : {&d.added, &d.removed})
        for (const fact* f : *list)
            if (auto ok = check(*f); ok.has_error())
                return ok;
    for (const change& c : d.changed)
        if (auto ok = check(*c.after); ok.has_error())
            return ok;
    return {};
}

// A body that is a string may name what comes later in the plan.
bool writes_body(const action& a) {
    return a.after && a.what != action::step::finish &&
           (a.after->id.what == kind::function || a.after->id.what == kind::procedure);
}

// What is done to a table is done to its partitions and to those that inherit from it.
class families {
public:
    explicit families(const catalogue& in) {
        for (const edge& e : in.edges)
            if (e.from.what == kind::table && e.to.what == kind::table)
                children_[e.to].push_back(e.from);
    }

    void extend(planned_statement& s) const {
        for (auto* list : {&s.locks, &s.rewrites, &s.loses})
            for (std::size_t i = 0; i < list->size(); ++i) { // grows meanwhile
                const fact_id id = (*list)[i];
                const auto found = children_.find(table_of(id));
                if (found == children_.end())
                    continue;
                for (const fact_id& child : found->second) {
                    fact_id theirs = id;
                    std::copy(child.path.begin(), child.path.end(), theirs.path.begin());
                    if (std::find(list->begin(), list->end(), theirs) == list->end())
                        list->push_back(theirs);
                }
            }
    }

private:
    std::map<fact_id, std::vector<fact_id>> children_;
};

// New values of an enum that a later statement needs (in a default, a bound, a body) must be
// committed before it; the others need not.
void commit_new_values(std::vector<planned_statement>& all) {
    for (std::size_t i = 0; i < all.size(); ++i)
        if (!all[i].new_value.empty())
            all[i].transactional =
                std::none_of(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end(),
                             [&](const planned_statement& later) {
                                 return later.new_value.empty() &&
                                        later.sql.find(all[i].new_value) != std::string::npos;
                             });
}

std::vector<unmodelled_object> unmodelled_of(const catalogue& from, const catalogue& to) {
    std::vector<unmodelled_object> all;
    std::set_union(from.unmodelled.begin(), from.unmodelled.end(), to.unmodelled.begin(),
                   to.unmodelled.end(), std::back_inserter(all));
    return all;
}

} // namespace

std::string_view to_string(lock_class l) {
    switch (l) {
    case lock_class::none:
        return "";
    case lock_class::share_update_exclusive:
        return "SHARE UPDATE EXCLUSIVE";
    case lock_class::share:
        return "SHARE";
    case lock_class::share_row_exclusive:
        return "SHARE ROW EXCLUSIVE";
    case lock_class::access_exclusive:
        return "ACCESS EXCLUSIVE";
    }
    return "";
}

result<schema_plan> plan_changes(const catalogue& from, const catalogue& to,
                                 const plan_options& options) {
    schema_plan plan;
    plan.unmodelled = unmodelled_of(from, to);
    const difference d = compare(from, to);
    if (d.empty())
        return plan;
    if (auto ok = all_have_rules(d); ok.has_error())
        return ok.error();
    plan_context context{from, to, options};
    auto decided = decide(d, context);
    if (decided.has_error())
        return decided.error();
    auto actions = order_actions(*decided, context);
    if (actions.has_error())
        return actions.error();
    std::set<fact_id> created;
    for (const auto& [id, f] : decided->fates)
        if (decided->creates(id))
            created.insert(id);
    context.created = &created;
    const families family(from);
    bool bodies_checked = true;
    for (const action& a : *actions) {
        auto some = statements_of(a, *decided, context);
        if (some.has_error())
            return some.error();
        if (a.what == action::step::create)
            for (planned_statement& s : take_back_implied(*a.after, context))
                some->push_back(std::move(s));
        if (bodies_checked && writes_body(a) && !some->empty()) {
            plan.statements.push_back(plain("SET LOCAL check_function_bodies = off"));
            bodies_checked = false;
        }
        for (planned_statement& s : *some) {
            bodies_checked = bodies_checked || !s.transactional;
            family.extend(s);
        }
        std::move(some->begin(), some->end(), std::back_inserter(plan.statements));
    }
    commit_new_values(plan.statements);
    plan.detected = detected_lines(d, context);
    plan.hints = rename_hints(d, context);
    plan.notes = std::move(decided->notes);
    return plan;
}

} // namespace headspace::schema
