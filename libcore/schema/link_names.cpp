#include "schema/links.hpp"
#include "schema/rules.hpp"

#include <algorithm>

namespace headspace::schema {

namespace {

using names = std::set<std::string>;

bool may_be_called_otherwise(kind k) {
    return k == kind::index || k == kind::foreign_key || has_index(k);
}

// What is compared, without the name.
attributes nameless(const fact& f) {
    attributes what = f.payload;
    if (f.id.what != kind::index)
        return what;
    std::string& definition = what["definition"];
    const std::string name = "INDEX " + quote_name(f.id.path.back()) + " ON ";
    if (const auto at = definition.find(name); at != std::string::npos)
        definition.replace(at, name.size(), "INDEX ON ");
    return what;
}

names claims_of(const fact_id& id) {
    const auto claims = rule_of(id.what).claims;
    const auto list = claims ? claims(id) : std::vector<std::string>();
    return {list.begin(), list.end()};
}

planned_statement rename(const fact_id& was, const fact_id& is) {
    const std::string to = " TO " + quote_name(is.path.back());
    if (was.what == kind::index) {
        planned_statement s;
        s.sql = "ALTER INDEX " + qualified(was.path) + " RENAME" + to;
        return s;
    }
    planned_statement s;
    s.sql = "ALTER TABLE " + qualified(was.path) + " RENAME CONSTRAINT " +
            quote_name(was.path.back()) + to;
    s.lock = lock_class::access_exclusive;
    s.locks.push_back(table_of(was));
    return s;
}

} // namespace

there_and_back plan_link_names(const link_sides& sides, const link_plan& links) {
    names taken;
    for (const auto& [id, f] : sides.from_cut.facts)
        taken.merge(claims_of(id));
    there_and_back plan;
    std::set<fact_id> given;
    const auto fits = [&](const fact& f, const fact& g) {
        const bool hidden = !sides.from.find(f.id) || !sides.to.find(g.id);
        if (!hidden || g.parent != f.parent || sides.from_cut.find(g.id) || given.contains(g.id) ||
            nameless(f) != nameless(g))
            return false;
        const names own = claims_of(f.id), wanted = claims_of(g.id);
        return std::none_of(wanted.begin(), wanted.end(), [&](const std::string& claim) {
            return taken.contains(claim) && !own.contains(claim);
        });
    };
    // An index of that name may be another table's there.
    const auto stays = [&](const fact& f) {
        const fact* same = sides.to_cut.find(f.id);
        return same && same->parent == f.parent;
    };
    for (const auto& [id, f] : sides.from_cut.facts) {
        if (!may_be_called_otherwise(id.what) || !f.has_parent ||
            !links.tables.contains(f.parent) || stays(f))
            continue;
        const auto last = sides.to_cut.facts.end();
        for (auto g = sides.to_cut.facts.lower_bound(fact_id(id.what, {}));
             g != last && g->first.what == id.what; ++g)
            if (fits(f, g->second)) {
                given.insert(g->first);
                taken.merge(claims_of(g->first));
                plan.append({{rename(id, g->first)}, {rename(g->first, id)}});
                break;
            }
    }
    return plan;
}

} // namespace headspace::schema
