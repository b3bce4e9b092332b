// Views and their columns.
#include "schema/clauses.hpp"
#include "schema/rules.hpp"
#include "schema/types.hpp"

namespace headspace::schema {

namespace {

bool materialized(const fact& f) {
    return f.id.what == kind::materialized_view;
}

std::string address(const fact& f) {
    return (materialized(f) ? "MATERIALIZED VIEW " : "VIEW ") + qualified(f.id.path);
}

std::string grantable(const fact& f) {
    return "TABLE " + qualified(f.id.path);
}

std::vector<std::string> claims(const fact_id& id) {
    return {relation_claim(id.path), type_claim(id.path)};
}

std::string with_options(const fact& f) {
    return f.has("options") ? " WITH (" + option_list(f.get("options")) + ")" : "";
}

statements create_view(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    return {plain("CREATE VIEW " + qualified(f.id.path) + with_options(f) + " AS\n" +
                  std::string(f.get("definition")))};
}

// CREATE OR REPLACE can only append columns.
bool view_replaced(const change& c, const plan_context& /*context*/) {
    return !std::string(c.after->note("columns"))
                .append("\n")
                .starts_with(std::string(c.before->note("columns")).append("\n"));
}

result<statements> alter_view(const change& c, const plan_context& /*context*/) {
    const fact& f = *c.after;
    if (c.attributes.contains("definition"))
        return statements{plain("CREATE OR REPLACE VIEW " + qualified(f.id.path) + with_options(f) +
                                " AS\n" + std::string(f.get("definition")))};
    statements all;
    for (const std::string& sql : option_changes(c.before->get("options"), f.get("options")))
        all.push_back(plain("ALTER VIEW " + qualified(f.id.path) + " " + sql));
    return all;
}

statements drop(const fact& f, const plan_context& c) {
    return {on_table(c, f.id, lock_class::access_exclusive, "DROP " + address(f))};
}

bool disturbed(const fact& /*f*/, const change& of, const plan_context& /*c*/) {
    return reshaped(of);
}

// ---- materialized views

statements create_materialized(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    std::string sql = "CREATE MATERIALIZED VIEW " + qualified(f.id.path);
    if (f.has("access_method"))
        sql += " USING " + quote_name(f.get("access_method"));
    sql += with_options(f);
    if (f.has("tablespace"))
        sql += " TABLESPACE " + quote_name(f.get("tablespace"));
    sql += " AS\n" + std::string(f.get("definition"));
    if (f.has("unpopulated"))
        sql += "\nWITH NO DATA";
    return {plain(sql)};
}

result<statements> alter_materialized(const change& c, const plan_context& context) {
    const fact& f = *c.after;
    const std::string head = "ALTER MATERIALIZED VIEW " + qualified(f.id.path);
    statements all;
    for (const std::string& sql : option_changes(c.before->get("options"), f.get("options")))
        all.push_back(on_table(context, f.id, lock_class::access_exclusive, head + " " + sql));
    if (c.attributes.contains("tablespace"))
        all.push_back(
            on_table(context, f.id, lock_class::access_exclusive,
                     head + " SET TABLESPACE " +
                         (f.has("tablespace") ? quote_name(f.get("tablespace")) : "pg_default")));
    if (c.attributes.contains("unpopulated"))
        all.push_back(on_table(context, f.id, lock_class::access_exclusive,
                               "REFRESH MATERIALIZED VIEW " + qualified(f.id.path) +
                                   (f.has("unpopulated") ? " WITH NO DATA" : "")));
    return all;
}

// ---- columns

planned_statement set_statistics(const fact& f, const plan_context& c) {
    return on_table(c, f.parent, lock_class::share_update_exclusive,
                    "ALTER MATERIALIZED VIEW " + qualified(f.id.path) + " ALTER COLUMN " +
                        quote_name(f.id.path[2]) + " SET STATISTICS " +
                        (f.has("statistics") ? std::string(f.get("statistics")) : "-1"));
}

// The view makes it; what people said about it besides comes here.
statements create_column(const fact& f, const facts& folded, const plan_context& c) {
    statements all;
    if (f.has("statistics"))
        all.push_back(set_statistics(f, c));
    for (const fact* child : folded)
        for (planned_statement& s : rule_of(child->id.what).create(*child, {}, c))
            all.push_back(std::move(s));
    return all;
}

result<statements> alter_column(const change& ch, const plan_context& c) {
    return statements{set_statistics(*ch.after, c)};
}

statements drop_column(const fact& /*f*/, const plan_context& /*c*/) {
    return {};
}

std::string column_address(const fact& f) {
    return "COLUMN " + qualified(f.id.path, 3);
}

std::string nothing(const fact& /*f*/, const plan_context& /*c*/) {
    return {};
}

} // namespace

std::vector<rule> view_rules() {
    rule view;
    view.what = kind::view;
    view.rank = 120;
    view.create = create_view;
    view.alter = alter_view;
    view.replaced = view_replaced;
    view.disturbed = disturbed;
    view.drop = drop;
    view.address = address;
    view.grantable = grantable;
    view.claims = claims;

    rule stored = view;
    stored.what = kind::materialized_view;
    stored.replacing = {"definition", "access_method"};
    stored.create = create_materialized;
    stored.alter = alter_materialized;

    rule column;
    column.what = kind::view_column;
    column.beside_parent = true;
    column.create = create_column;
    column.alter = alter_column;
    column.drop = drop_column;
    column.address = column_address;
    column.added = nothing;
    column.removed = nothing;
    return {view, stored, column};
}

} // namespace headspace::schema
