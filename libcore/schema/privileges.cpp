#include "schema/privileges.hpp"

#include <map>
#include <set>

namespace headspace::schema {

namespace {

void add(std::string& list, const std::string& privilege, const std::string& columns) {
    list += (list.empty() ? "" : ", ") + privilege + columns;
}

// "" is what the object has by itself: what "revoked" takes away it has, what the others give it
// has not.
void step(privilege_lists& lists, const std::string& name, std::string_view before,
          std::string_view after, const std::string& columns) {
    const bool usually_had = before == "revoked" || after == "revoked";
    const std::string_view usual = usually_had ? "granted" : "none";
    const auto state = [&](std::string_view s) {
        return s.empty() ? usual : s == "revoked" ? std::string_view("none") : s;
    };
    const std::string_view was = state(before), is = state(after);
    if (was == is)
        return;
    if (is == "none")
        add(lists.revoke, name, columns);
    else if (is == "grantable")
        add(lists.grant_option, name, columns);
    else if (was == "grantable")
        add(lists.revoke_option, name, columns);
    else
        add(lists.grant, name, columns);
}

// The class of ALTER DEFAULT PRIVILEGES, as pg_default_acl's facts have it; "" for none.
std::string_view default_class(kind k) {
    switch (k) {
    case kind::table:
    case kind::foreign_table:
    case kind::view:
    case kind::materialized_view:
        return "TABLES";
    case kind::sequence:
        return "SEQUENCES";
    case kind::function:
    case kind::procedure:
    case kind::aggregate:
        return "FUNCTIONS";
    case kind::enum_type:
    case kind::composite_type:
    case kind::domain:
    case kind::range_type:
        return "TYPES";
    case kind::schema:
        return "SCHEMAS";
    default:
        return "";
    }
}

// The facts of default privileges that apply to an object which the plan creates.
std::vector<const fact*> applying(const fact& object, const plan_context& context) {
    std::vector<const fact*> found;
    const std::string_view wanted = default_class(object.id.what);
    if (wanted.empty())
        return found;
    const auto first =
        context.from.facts.lower_bound(fact_id(kind::default_privilege, {context.from.role}));
    for (auto f = first;
         f != context.from.facts.end() && f->first.what == kind::default_privilege &&
         f->first.path[0] == context.from.role;
         ++f) {
        const auto& path = f->first.path;
        const bool here =
            path[1].empty() || (object.id.what != kind::schema && path[1] == object.id.path[0]);
        // Dropped ones are dropped first; changed ones are changed last.
        if (here && path[2] == wanted && context.to.find(f->first))
            found.push_back(&f->second);
    }
    return found;
}

} // namespace

privilege_lists privileges_between(const attributes& before, const attributes& after,
                                   const std::string& columns) {
    std::map<std::string, std::pair<std::string_view, std::string_view>> states;
    for (const auto& [name, state] : before)
        states[name].first = state;
    for (const auto& [name, state] : after)
        states[name].second = state;
    privilege_lists lists;
    for (const auto& [name, both] : states)
        step(lists, name, both.first, both.second, columns);
    return lists;
}

statements grant_and_revoke(const privilege_lists& lists, const std::string& where,
                            const std::string& grantee, const std::string& head) {
    statements all;
    const auto say = [&](const char* verb, const std::string& list, const char* word,
                         const char* tail) {
        if (!list.empty())
            all.push_back(plain(head + verb + list + " ON " + where + word + grantee + tail));
    };
    say("REVOKE ", lists.revoke, " FROM ", "");
    say("REVOKE GRANT OPTION FOR ", lists.revoke_option, " FROM ", "");
    say("GRANT ", lists.grant, " TO ", "");
    say("GRANT ", lists.grant_option, " TO ", " WITH GRANT OPTION");
    return all;
}

std::string grantee_name(const std::string& role) {
    return role.empty() ? "PUBLIC" : quote_name(role);
}

std::string grant_target(const fact& object) {
    if (object.id.what == kind::column || object.id.what == kind::view_column)
        return "TABLE " + qualified(object.id.path);
    const rule& r = rule_of(object.id.what);
    const auto target = r.grantable ? r.grantable : r.address;
    return target ? target(object) : "";
}

attributes implied_privileges(const fact& object, const std::string& grantee,
                              const plan_context& context) {
    attributes implied;
    if (!context.creates(object.id))
        return implied;
    for (const fact* f : applying(object, context))
        if (f->id.path[3] == grantee)
            for (const auto& [privilege, state] : f->payload)
                if (auto [where, added] = implied.emplace(privilege, state);
                    !added && state == "grantable")
                    where->second = state;
    return implied;
}

statements take_back_implied(const fact& object, const plan_context& context) {
    std::set<std::string> grantees;
    for (const fact* f : applying(object, context))
        grantees.insert(f->id.path[3]);
    statements all;
    for (const std::string& grantee : grantees) {
        auto path = object.id.path;
        path.push_back(grantee);
        if (context.to.find(fact_id(kind::privilege, object.id.what, std::move(path))))
            continue;
        const auto lists =
            privileges_between(implied_privileges(object, grantee, context), attributes());
        for (planned_statement& s :
             grant_and_revoke(lists, grant_target(object), grantee_name(grantee)))
            all.push_back(std::move(s));
    }
    return all;
}

} // namespace headspace::schema
