// Primary keys, unique, check and exclusion constraints, foreign keys.
#include "schema/clauses.hpp"
#include "schema/online.hpp"
#include "schema/rules.hpp"
#include "schema/types.hpp"

#include <algorithm>

namespace headspace::schema {

namespace {

std::string alter_table(const fact& f) {
    return "ALTER TABLE " + qualified(f.id.path);
}

std::string constraint_name(const fact& f) {
    return quote_name(f.id.path[2]);
}

std::string index_of(const fact& f) {
    return quote_name(f.id.path[0]) + "." + quote_name(f.id.path[2]);
}

// Settings of the index behind it, and marks that the table bears in its name.
statements index_settings(const fact& f, const attribute_names& names, std::string_view before,
                          const plan_context& c) {
    statements all;
    const fact_id table = table_of(f.id);
    if (names.contains("options"))
        for (const std::string& sql : option_changes(before, f.get("options")))
            all.push_back(on_table(c, table, lock_class::share_update_exclusive,
                                   "ALTER INDEX " + index_of(f) + " " + sql));
    if (names.contains("tablespace"))
        all.push_back(
            on_table(c, table, lock_class::access_exclusive,
                     "ALTER INDEX " + index_of(f) + " SET TABLESPACE " +
                         (f.has("tablespace") ? quote_name(f.get("tablespace")) : "pg_default")));
    if (names.contains("clustered"))
        all.push_back(
            on_table(c, table, lock_class::share_update_exclusive,
                     alter_table(f) + (f.has("clustered") ? " CLUSTER ON " + constraint_name(f)
                                                          : " SET WITHOUT CLUSTER")));
    if (names.contains("replica_identity") && f.has("replica_identity"))
        all.push_back(
            on_table(c, table, lock_class::access_exclusive,
                     alter_table(f) + " REPLICA IDENTITY USING INDEX " + constraint_name(f)));
    return all;
}

attribute_names names_of(const fact& f) {
    attribute_names names;
    for (const auto& [name, value] : f.payload)
        names.insert(name);
    return names;
}

statements at_once(const fact& f, const plan_context& c) {
    const fact_id table = table_of(f.id);
    auto s = on_table(c, table,
                      f.id.what == kind::foreign_key ? lock_class::share_row_exclusive
                                                     : lock_class::access_exclusive,
                      alter_table(f) + " ADD " + constraint_clause(f));
    if (!f.has("not_valid") && c.existed(table))
        s.warnings.push_back("fails when rows of " + to_string(table) + " break " +
                             std::string(word_of(f.id.what)) + " " + constraint_name(f));
    return {std::move(s)};
}

statements online(const fact& f, const plan_context& c) {
    if (f.id.what == kind::primary_key || f.id.what == kind::unique)
        return key_upon_index(f, c);
    if (f.id.what == kind::exclusion || f.has("not_valid"))
        return at_once(f, c); // there is no other form
    return add_and_validate(f, c);
}

statements create(const fact& f, const facts& /*folded*/, const plan_context& c) {
    const fact_id table = table_of(f.id);
    statements all = goes_online(table, c) ? online(f, c) : at_once(f, c);
    if (f.id.what == kind::foreign_key)
        for (const edge& e : c.to.edges_from(f.id)) {
            auto& locks = all.front().locks;
            if (e.to.what == kind::column && c.existed(table_of(e.to)) &&
                std::find(locks.begin(), locks.end(), table_of(e.to)) == locks.end())
                locks.push_back(table_of(e.to));
            if (!locks.empty())
                all.front().lock = lock_class::share_row_exclusive;
        }
    for (planned_statement& more : index_settings(f, names_of(f), {}, c))
        all.push_back(std::move(more));
    return all;
}

bool replaced(const change& c, const plan_context& /*context*/) {
    const auto has = [&](const char* name) {
        return c.attributes.contains(name);
    };
    if (has("definition") || has("invalid"))
        return true;
    if (has("not_valid") && c.after->has("not_valid"))
        return true;
    // Only of foreign keys ALTER CONSTRAINT changes when they are checked.
    return (has("deferrable") || has("initially_deferred")) &&
           c.after->id.what != kind::foreign_key;
}

result<statements> alter(const change& c, const plan_context& context) {
    const fact& f = *c.after;
    const fact_id table = table_of(f.id);
    statements all;
    if (c.attributes.contains("deferrable") || c.attributes.contains("initially_deferred"))
        all.push_back(on_table(context, table, lock_class::share_row_exclusive,
                               alter_table(f) + " ALTER CONSTRAINT " + constraint_name(f) +
                                   (f.has("deferrable") ? " DEFERRABLE" : " NOT DEFERRABLE") +
                                   (f.has("initially_deferred") ? " INITIALLY DEFERRED" : "")));
    if (c.attributes.contains("not_valid")) {
        all.push_back(on_table(context, table, lock_class::share_update_exclusive,
                               alter_table(f) + " VALIDATE CONSTRAINT " + constraint_name(f)));
        all.back().warnings.push_back("fails when rows of " + to_string(table) + " break " +
                                      constraint_name(f));
    }
    for (planned_statement& s : index_settings(f, c.attributes, c.before->get("options"), context))
        all.push_back(std::move(s));
    return all;
}

statements drop(const fact& f, const plan_context& c) {
    return {on_table(c, table_of(f.id), lock_class::access_exclusive,
                     alter_table(f) + " DROP CONSTRAINT " + constraint_name(f))};
}

// The server rebuilds constraints itself when a column's type changes. A foreign key it cannot
// rebuild while the two sides have types that do not compare.
bool key_disturbed(const fact& /*f*/, const change& of, const plan_context& /*c*/) {
    if (of.before->id.what != kind::column || !of.attributes.contains("type"))
        return false;
    const auto whole = [](std::string_view type) {
        return type == "smallint" || type == "integer" || type == "bigint";
    };
    return !(whole(of.before->note("base")) && whole(of.after->note("base"))) &&
           of.before->note("type") != of.after->note("type");
}

std::string address(const fact& f) {
    return "CONSTRAINT " + constraint_name(f) + " ON " + qualified(f.id.path);
}

std::vector<std::string> claims(const fact_id& id) {
    std::vector<std::string> all{"constraint " + qualified(id.path, 3)};
    if (id.what == kind::primary_key)
        all.push_back("primary key of " + qualified(id.path));
    if (has_index(id.what))
        all.push_back(relation_claim({id.path[0], id.path[2]}));
    return all;
}

std::string line(const char* verb, const fact& f) {
    if (f.id.what == kind::foreign_key)
        return std::string(verb) + " foreign key (" + std::string(f.note("columns")) + ")->" +
               std::string(f.note("references")) + " on table " + short_name(table_of(f.id));
    return std::string(verb) + " " + std::string(word_of(f.id.what)) + " '" + f.id.path[2] +
           "' on '" + short_name(table_of(f.id)) + "'";
}

std::string added(const fact& f, const plan_context& c) {
    return parent_is_new(f, c) ? "" : line("added", f);
}

std::string removed(const fact& f, const plan_context& c) {
    return parent_is_gone(f, c) ? "" : line("removed", f);
}

// Values of a type that is made anew stand in it.
bool disturbed(const fact& /*f*/, const change& of, const plan_context& /*c*/) {
    return retyped(of);
}

} // namespace

std::vector<rule> constraint_rules() {
    std::vector<rule> all;
    for (const kind k :
         {kind::primary_key, kind::unique, kind::check, kind::exclusion, kind::foreign_key}) {
        rule r;
        r.what = k;
        r.create = create;
        r.alter = alter;
        r.alter_keeps_ground = true;
        r.drop = drop;
        r.replaced = replaced;
        r.address = address;
        r.claims = claims;
        r.added = added;
        r.removed = removed;
        if (k == kind::foreign_key) {
            r.rank = 110;
            r.disturbed = key_disturbed;
        } else {
            r.beside_parent = true;
            r.folds = true;
            r.disturbed = disturbed;
        }
        all.push_back(r);
    }
    return all;
}

} // namespace headspace::schema
