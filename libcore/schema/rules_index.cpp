// Indexes that are not behind a constraint.
#include "base/text.hpp"
#include "schema/clauses.hpp"
#include "schema/online.hpp"
#include "schema/rules.hpp"
#include "schema/types.hpp"

namespace headspace::schema {

namespace {

fact_id relation(const fact& f) {
    return f.parent;
}

std::string table_name(const fact& f) {
    return std::string(f.note("table"));
}

statements marks(const fact& f, const attribute_names& names, const plan_context& c) {
    statements all;
    const std::string head = "ALTER TABLE " + table_name(f);
    const std::string name = quote_name(f.id.path[1]);
    if (names.contains("statistics"))
        for (const std::string& one : split(std::string(f.get("statistics")), ','))
            if (const auto words = split(std::string(trim(one)), ' '); words.size() == 2)
                all.push_back(on_table(c, relation(f), lock_class::share_update_exclusive,
                                       "ALTER INDEX " + qualified(f.id.path) + " ALTER COLUMN " +
                                           words[0] + " SET STATISTICS " + words[1]));
    if (names.contains("clustered"))
        all.push_back(
            on_table(c, relation(f), lock_class::share_update_exclusive,
                     head + (f.has("clustered") ? " CLUSTER ON " + name : " SET WITHOUT CLUSTER")));
    if (names.contains("replica_identity") && f.has("replica_identity"))
        all.push_back(on_table(c, relation(f), lock_class::access_exclusive,
                               head + " REPLICA IDENTITY USING INDEX " + name));
    return all;
}

attribute_names names_of(const fact& f) {
    attribute_names names;
    for (const auto& [name, value] : f.payload)
        names.insert(name);
    return names;
}

statements create(const fact& f, const facts& /*folded*/, const plan_context& c) {
    std::string sql(f.get("definition"));
    statements all;
    all.push_back(goes_online(relation(f), c)
                      ? build_concurrently(relation(f), sql)
                      : on_table(c, relation(f), lock_class::share, std::move(sql)));
    if (f.has("tablespace"))
        all.push_back(on_table(c, relation(f), lock_class::access_exclusive,
                               "ALTER INDEX " + qualified(f.id.path) + " SET TABLESPACE " +
                                   quote_name(f.get("tablespace"))));
    for (planned_statement& more : marks(f, names_of(f), c))
        all.push_back(std::move(more));
    return all;
}

bool replaced(const change& c, const plan_context& /*context*/) {
    return c.attributes.contains("definition") || c.attributes.contains("invalid") ||
           (c.attributes.contains("statistics") && !c.after->has("statistics"));
}

result<statements> alter(const change& c, const plan_context& context) {
    const fact& f = *c.after;
    statements all;
    if (c.attributes.contains("tablespace"))
        all.push_back(
            on_table(context, relation(f), lock_class::access_exclusive,
                     "ALTER INDEX " + qualified(f.id.path) + " SET TABLESPACE " +
                         (f.has("tablespace") ? quote_name(f.get("tablespace")) : "pg_default")));
    for (planned_statement& s : marks(f, c.attributes, context))
        all.push_back(std::move(s));
    return all;
}

statements drop(const fact& f, const plan_context& c) {
    if (goes_online(relation(f), c))
        return {drop_concurrently(f)};
    return {on_table(c, relation(f), lock_class::access_exclusive,
                     "DROP INDEX " + qualified(f.id.path))};
}

std::string address(const fact& f) {
    return "INDEX " + qualified(f.id.path);
}

std::vector<std::string> claims(const fact_id& id) {
    return {relation_claim(id.path)};
}

std::string line(const char* verb, const fact& f) {
    return std::string(verb) + " index '" + f.id.path[1] + "' on '(" +
           std::string(f.note("columns")) + ")'";
}

std::string added(const fact& f, const plan_context& /*c*/) {
    return line("added", f);
}

std::string removed(const fact& f, const plan_context& c) {
    return parent_is_gone(f, c) ? "" : line("removed", f);
}

// Values of a type that is made anew stand in its expressions.
bool disturbed(const fact& /*f*/, const change& of, const plan_context& /*c*/) {
    return retyped(of);
}

} // namespace

std::vector<rule> index_rules() {
    rule index;
    index.what = kind::index;
    index.beside_parent = true;
    index.create = create;
    index.alter = alter;
    index.alter_keeps_ground = true;
    index.drop = drop;
    index.replaced = replaced;
    index.disturbed = disturbed;
    index.address = address;
    index.claims = claims;
    index.added = added;
    index.removed = removed;
    return {index};
}

} // namespace headspace::schema
