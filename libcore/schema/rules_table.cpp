// Tables; links.cpp knows of other parents. Columns and constraints that are folded into CREATE
// TABLE come as text from their rules.
#include "base/text.hpp"
#include "schema/clauses.hpp"
#include "schema/rules.hpp"

#include <algorithm>

namespace headspace::schema {

namespace {

std::string alter_table(const fact_id& id) {
    return "ALTER TABLE " + qualified(id.path);
}

// Attributes that are set by statements of their own, after CREATE TABLE or as a change.
statements settings_of(const fact& f, const attribute_names& names, const plan_context& c) {
    statements all;
    const std::string head = alter_table(f.id);
    const auto add = [&](const char* attribute, const std::string& yes, const std::string& no) {
        if (names.contains(attribute))
            all.push_back(on_table(c, f.id, lock_class::access_exclusive,
                                   head + " " + (f.has(attribute) ? yes : no)));
    };
    add("row_security", "ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY");
    add("force_row_security", "FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY");
    // "index" is set by the index itself.
    if (names.contains("replica_identity") && f.get("replica_identity") != "index")
        add("replica_identity", "REPLICA IDENTITY " + std::string(f.get("replica_identity")),
            "REPLICA IDENTITY DEFAULT");
    return all;
}

statements create_table(const fact& f, const facts& folded, const plan_context& c) {
    std::string sql = "CREATE ";
    if (f.has("unlogged"))
        sql += "UNLOGGED ";
    sql += "TABLE " + qualified(f.id.path);
    const bool partition = f.has("partition_of");
    if (partition)
        sql += " PARTITION OF " + std::string(f.get("partition_of"));
    const auto lines = table_lines(folded);
    for (std::size_t i = 0; i < lines.size(); ++i)
        sql += (i == 0 ? " (\n    " : ",\n    ") + lines[i];
    if (!lines.empty())
        sql += "\n)";
    else if (!partition)
        sql += " ()";
    if (partition)
        sql += " " + std::string(f.get("bound"));
    if (f.has("inherits"))
        sql += " INHERITS (" + std::string(f.get("inherits")) + ")";
    if (f.has("partition_key"))
        sql += " PARTITION BY " + std::string(f.get("partition_key"));
    if (f.has("access_method"))
        sql += " USING " + quote_name(f.get("access_method"));
    if (f.has("options"))
        sql += " WITH (" + option_list(f.get("options")) + ")";
    if (f.has("tablespace"))
        sql += " TABLESPACE " + quote_name(f.get("tablespace"));
    statements all{plain(sql)};
    for (const fact* column : folded)
        if (column->id.what == kind::column)
            for (std::string& extra : column_settings(*column))
                all.push_back(plain(std::move(extra)));
    attribute_names set;
    for (const auto& [name, value] : f.payload)
        set.insert(name);
    for (planned_statement& s : settings_of(f, set, c))
        all.push_back(std::move(s));
    return all;
}

result<statements> alter(const change& c, const plan_context& context) {
    const fact& f = *c.after;
    const std::string head = alter_table(f.id);
    for (const char* link : {"partition_of", "inherits", "bound"})
        if (c.attributes.contains(link))
            return make_error(errc::internal, error_class::bug,
                              "table " + to_string(f.id) + " still has another parent (" + link +
                                  ") than it gets");
    statements all;
    const auto rewriting = [&](const std::string& sql) {
        auto s = on_table(context, f.id, lock_class::access_exclusive, sql);
        s.rewrites.push_back(f.id);
        all.push_back(std::move(s));
    };
    if (c.attributes.contains("unlogged"))
        rewriting(head + (f.has("unlogged") ? " SET UNLOGGED" : " SET LOGGED"));
    if (c.attributes.contains("access_method"))
        rewriting(head + " SET ACCESS METHOD " +
                  (f.has("access_method") ? quote_name(f.get("access_method")) : "heap"));
    if (c.attributes.contains("tablespace"))
        rewriting(head + " SET TABLESPACE " +
                  (f.has("tablespace") ? quote_name(f.get("tablespace")) : "pg_default"));
    if (c.attributes.contains("options"))
        for (const std::string& sql : option_changes(c.before->get("options"), f.get("options")))
            all.push_back(
                on_table(context, f.id, lock_class::share_update_exclusive, head + " " + sql));
    for (planned_statement& s : settings_of(f, c.attributes, context))
        all.push_back(std::move(s));
    return all;
}

bool has_heirs(const catalogue& in, const fact_id& table) {
    return std::any_of(in.edges.begin(), in.edges.end(),
                       [&](const edge& e) { return e.from.what == kind::table && e.to == table; });
}

statements drop_table(const fact& f, const plan_context& c) {
    auto s = on_table(c, f.id, lock_class::access_exclusive, "DROP TABLE " + qualified(f.id.path));
    if (f.has("partition_key") && !has_heirs(c.from, f.id))
        return {s}; // it holds no rows itself
    s.destructive = "all rows of " + to_string(f.id) + " are lost";
    s.loses.push_back(f.id);
    return {s};
}

std::string address(const fact& f) {
    return "TABLE " + qualified(f.id.path);
}

std::vector<std::string> claims(const fact_id& id) {
    return {relation_claim(id.path), type_claim(id.path)};
}

} // namespace

std::vector<rule> table_rules() {
    rule table;
    table.what = kind::table;
    table.rank = 50;
    table.keeps_data = true;
    table.replacing = {"partition_key"};
    table.create = create_table;
    table.alter = alter;
    table.drop = drop_table;
    table.address = address;
    table.claims = claims;
    return {table};
}

} // namespace headspace::schema
