// Collations and types. A type that cannot become the new one in place is renamed, made again, and
// its columns move over; that is `retyped()` here, `carried` in the rule of columns and `finish`
// below.
#include "base/sql_quote.hpp"
#include "base/text.hpp"
#include "schema/rules.hpp"
#include "schema/types.hpp"

#include <algorithm>

namespace headspace::schema {

namespace {

std::string address(const fact& f) {
    return (f.id.what == kind::domain ? "DOMAIN " : "TYPE ") + qualified(f.id.path);
}

std::string grantable(const fact& f) {
    return "TYPE " + qualified(f.id.path);
}

std::vector<std::string> claims(const fact_id& id) {
    return {type_claim(id.path)};
}

statements drop(const fact& f, const plan_context& /*c*/) {
    return {plain("DROP " + address(f))};
}

bool disturbed(const fact& /*f*/, const change& of, const plan_context& /*c*/) {
    return retyped(of);
}

// ---- collations

statements create_collation(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    std::string sql = "CREATE COLLATION " + qualified(f.id.path) +
                      " (provider = " + std::string(f.get("provider"));
    for (const char* name : {"locale", "lc_collate", "lc_ctype", "rules"})
        if (f.has(name))
            sql += std::string(", ") + name + " = " + quote_literal(f.get(name));
    if (f.has("deterministic"))
        sql += ", deterministic = false";
    return {plain(sql + ")")};
}

std::string collation_address(const fact& f) {
    return "COLLATION " + qualified(f.id.path);
}

statements drop_collation(const fact& f, const plan_context& /*c*/) {
    return {plain("DROP " + collation_address(f))};
}

// ---- enums

statements create_enum(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    return {plain("CREATE TYPE " + qualified(f.id.path) + " AS ENUM (" +
                  std::string(f.get("labels")) + ")")};
}

result<statements> alter_enum(const change& c, const plan_context& context) {
    const fact& f = *c.after;
    if (retyped(c)) {
        statements all{plain("ALTER TYPE " + qualified(f.id.path) + " RENAME TO " +
                             quote_name(old_name(f.id)))};
        for (planned_statement& s : create_enum(f, {}, context))
            all.push_back(std::move(s));
        return all;
    }
    statements all;
    const auto before = literals(c.before->get("labels"));
    const auto after = literals(f.get("labels"));
    for (std::size_t i = 0; i < after.size(); ++i) {
        if (std::find(before.begin(), before.end(), after[i]) != before.end())
            continue;
        std::string sql = "ALTER TYPE " + qualified(f.id.path) + " ADD VALUE " + after[i];
        if (i + 1 < after.size()) // everything before it is there by now
            sql += i > 0 ? " AFTER " + after[i - 1] : " BEFORE " + before.front();
        all.push_back(plain(sql));
        all.back().new_value = after[i];
    }
    return all;
}

std::vector<std::string> enum_changed(const change& c, const plan_context& /*context*/) {
    const auto before = literals(c.before->get("labels"));
    const auto after = literals(c.after->get("labels"));
    const std::string name = " of enum '" + short_name(c.after->id) + "'";
    std::vector<std::string> lines;
    for (const std::string& label : after)
        if (std::find(before.begin(), before.end(), label) == before.end())
            lines.push_back("added value " + label + name);
    for (const std::string& label : before)
        if (std::find(after.begin(), after.end(), label) == after.end())
            lines.push_back("removed value " + label + name);
    if (lines.empty())
        lines.push_back("new order of the values" + name);
    return lines;
}

// The old type goes when nothing is left on it. What its columns may lose is said there.
statements finish(const change& c, const plan_context& /*context*/) {
    if (!retyped(c))
        return {};
    fact_id old = c.before->id;
    old.path[1] = old_name(old);
    return {plain("DROP " + std::string(old.what == kind::domain ? "DOMAIN " : "TYPE ") +
                  qualified(old.path))};
}

// ---- composite types

struct attribute_line {
    std::string name; // quoted
    std::string type; // with its collation
};

std::vector<attribute_line> attributes_of(const fact& f) {
    std::vector<attribute_line> all;
    if (!f.has("attributes"))
        return all;
    for (const std::string& line : split(std::string(f.get("attributes")), '\n')) {
        std::size_t end = line.find(' ');
        if (line.starts_with('"'))
            for (end = 1; end < line.size(); ++end) {
                if (line[end] != '"')
                    continue;
                if (end + 1 < line.size() && line[end + 1] == '"') {
                    ++end;
                    continue;
                }
                ++end;
                break;
            }
        all.push_back({line.substr(0, end), line.substr(std::min(end + 1, line.size()))});
    }
    return all;
}

const attribute_line* named(const std::vector<attribute_line>& all, const std::string& name) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const attribute_line& a) { return a.name == name; });
    return found == all.end() ? nullptr : &*found;
}

statements create_composite(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    std::string sql = "CREATE TYPE " + qualified(f.id.path) + " AS (";
    std::string separator = "\n    ";
    for (const attribute_line& a : attributes_of(f)) {
        sql += separator + a.name + " " + a.type;
        separator = ",\n    ";
    }
    return {plain(sql + (f.has("attributes") ? "\n)" : ")"))};
}

// Attributes that stay keep their order, and new ones come last: what ALTER TYPE can do.
bool composite_replaced(const change& c, const plan_context& /*context*/) {
    const auto before = attributes_of(*c.before);
    const auto after = attributes_of(*c.after);
    std::vector<std::string> kept, wanted;
    for (const attribute_line& a : before)
        if (named(after, a.name))
            kept.push_back(a.name);
    for (const attribute_line& a : after)
        wanted.push_back(a.name);
    return kept.size() > wanted.size() || !std::equal(kept.begin(), kept.end(), wanted.begin());
}

result<statements> alter_composite(const change& c, const plan_context& /*context*/) {
    const auto before = attributes_of(*c.before);
    const auto after = attributes_of(*c.after);
    const std::string head = "ALTER TYPE " + qualified(c.after->id.path);
    statements all;
    for (const attribute_line& a : before)
        if (!named(after, a.name)) {
            all.push_back(plain(head + " DROP ATTRIBUTE " + a.name));
            all.back().destructive = "what columns of type " + to_string(c.after->id) +
                                     " hold in " + a.name + " is lost";
        }
    for (const attribute_line& a : after) {
        const attribute_line* was = named(before, a.name);
        if (!was)
            all.push_back(plain(head + " ADD ATTRIBUTE " + a.name + " " + a.type));
        else if (was->type != a.type)
            all.push_back(plain(head + " ALTER ATTRIBUTE " + a.name + " TYPE " + a.type));
    }
    return all;
}

// ---- domains

statements create_domain(const fact& f, const facts& folded, const plan_context& c) {
    std::string sql = "CREATE DOMAIN " + qualified(f.id.path) + " AS " + std::string(f.get("base"));
    if (f.has("collation"))
        sql += " COLLATE " + std::string(f.get("collation"));
    if (f.has("default"))
        sql += " DEFAULT " + std::string(f.get("default"));
    if (f.has("not_null"))
        sql += " NOT NULL";
    statements later;
    for (const fact* constraint : folded) {
        if (constraint->has("not_valid")) {
            for (planned_statement& s : rule_of(constraint->id.what).create(*constraint, {}, c))
                later.push_back(std::move(s));
            continue;
        }
        sql += "\n    CONSTRAINT " + quote_name(constraint->id.path[2]) + " " +
               std::string(constraint->get("definition"));
    }
    later.insert(later.begin(), plain(sql));
    return later;
}

result<statements> alter_domain(const change& c, const plan_context& context) {
    const fact& f = *c.after;
    const std::string head = "ALTER DOMAIN " + qualified(f.id.path);
    statements all;
    if (retyped(c)) {
        all.push_back(plain(head + " RENAME TO " + quote_name(old_name(f.id))));
        // Its constraints go with the old one, and are made again.
        facts constraints;
        for (const auto& [id, child] : context.to.facts)
            if (id.what == kind::domain_constraint && child.parent == f.id)
                constraints.push_back(&child);
        for (planned_statement& s : create_domain(f, constraints, context))
            all.push_back(std::move(s));
        return all;
    }
    if (c.attributes.contains("default"))
        all.push_back(
            plain(head + (f.has("default") ? " SET DEFAULT " + std::string(f.get("default"))
                                           : std::string(" DROP DEFAULT"))));
    if (c.attributes.contains("not_null")) {
        all.push_back(plain(head + (f.has("not_null") ? " SET NOT NULL" : " DROP NOT NULL")));
        if (f.has("not_null"))
            all.back().warnings.push_back("fails when a column of type " + to_string(f.id) +
                                          " has NULLs");
    }
    return all;
}

std::string constraint_head(const fact& f) {
    return "ALTER DOMAIN " + qualified(f.id.path);
}

statements create_domain_constraint(const fact& f, const facts& /*folded*/, const plan_context& c) {
    if (const fact* was = c.from.find(f.parent))
        if (const fact* is = c.to.find(f.parent))
            if (retyped({was, is, differing(was->payload, is->payload)}))
                return {}; // made with the new domain
    auto s = plain(constraint_head(f) + " ADD CONSTRAINT " + quote_name(f.id.path[2]) + " " +
                   std::string(f.get("definition")) + (f.has("not_valid") ? " NOT VALID" : ""));
    if (!f.has("not_valid") && c.existed(f.parent))
        s.warnings.push_back("fails when a column of type " + to_string(f.parent) +
                             " has values that violate " + quote_name(f.id.path[2]));
    return {s};
}

bool domain_constraint_replaced(const change& c, const plan_context& /*context*/) {
    return c.attributes.contains("definition") || c.after->has("not_valid");
}

result<statements> alter_domain_constraint(const change& c, const plan_context& /*context*/) {
    return statements{plain(constraint_head(*c.after) + " VALIDATE CONSTRAINT " +
                            quote_name(c.after->id.path[2]))};
}

statements drop_domain_constraint(const fact& f, const plan_context& c) {
    const fact* was = c.from.find(f.parent);
    const fact* is = c.to.find(f.parent);
    if (was && is && retyped({was, is, differing(was->payload, is->payload)}))
        return {}; // it went with the old domain
    return {plain(constraint_head(f) + " DROP CONSTRAINT " + quote_name(f.id.path[2]))};
}

std::string domain_constraint_address(const fact& f) {
    return "CONSTRAINT " + quote_name(f.id.path[2]) + " ON DOMAIN " + qualified(f.id.path);
}

std::string domain_constraint_added(const fact& f, const plan_context& c) {
    return parent_is_new(f, c) ? "" : "added constraint '" + short_name(f.id) + "'";
}

std::string domain_constraint_removed(const fact& f, const plan_context& c) {
    return parent_is_gone(f, c) ? "" : "removed constraint '" + short_name(f.id) + "'";
}

// ---- ranges

statements create_range(const fact& f, const facts& /*folded*/, const plan_context& c) {
    std::string sql = "CREATE TYPE " + qualified(f.id.path) +
                      " AS RANGE (\n    SUBTYPE = " + std::string(f.get("subtype"));
    const auto add = [&](const char* attribute, const char* word) {
        if (f.has(attribute))
            sql += std::string(",\n    ") + word + " = " + std::string(f.get(attribute));
    };
    add("opclass", "SUBTYPE_OPCLASS");
    add("collation", "COLLATION");
    add("canonical", "CANONICAL");
    add("subtype_diff", "SUBTYPE_DIFF");
    constexpr int multiranges_since = 140000;
    if (c.to.server_version >= multiranges_since)
        add("multirange", "MULTIRANGE_TYPE_NAME");
    return {plain(sql + "\n)")};
}

} // namespace

std::vector<rule> type_rules() {
    rule collation;
    collation.what = kind::collation;
    collation.rank = 22;
    collation.create = create_collation;
    collation.drop = drop_collation;
    collation.address = collation_address;

    rule some;
    some.disturbed = disturbed;
    some.drop = drop;
    some.address = address;
    some.grantable = grantable;
    some.claims = claims;

    rule labels = some;
    labels.what = kind::enum_type;
    labels.rank = 30;
    labels.create = create_enum;
    labels.alter = alter_enum;
    labels.finish = finish;
    labels.changed = enum_changed;

    rule composite = some;
    composite.what = kind::composite_type;
    composite.rank = 32;
    composite.create = create_composite;
    composite.alter = alter_composite;
    composite.replaced = composite_replaced;

    rule domain = some;
    domain.what = kind::domain;
    domain.rank = 34;
    domain.create = create_domain;
    domain.alter = alter_domain;
    domain.finish = finish;

    rule constraint;
    constraint.what = kind::domain_constraint;
    constraint.beside_parent = true;
    constraint.folds = true;
    constraint.create = create_domain_constraint;
    constraint.alter = alter_domain_constraint;
    constraint.replaced = domain_constraint_replaced;
    constraint.drop = drop_domain_constraint;
    constraint.address = domain_constraint_address;
    constraint.added = domain_constraint_added;
    constraint.removed = domain_constraint_removed;

    rule range = some;
    range.what = kind::range_type;
    range.rank = 36;
    range.create = create_range;
    return {collation, labels, composite, domain, constraint, range};
}

} // namespace headspace::schema
