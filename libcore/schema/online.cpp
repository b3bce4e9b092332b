#include "schema/online.hpp"

#include "schema/clauses.hpp"

namespace headspace::schema {

namespace {

planned_statement alone(planned_statement s) {
    s.transactional = false;
    return s;
}

planned_statement validate(const fact_id& table, const std::string& name,
                           const plan_context& context) {
    // By itself: in one transaction with ADD its lock would be held while all rows are read.
    auto s =
        alone(on_table(context, table, lock_class::share_update_exclusive,
                       "ALTER TABLE " + qualified(table.path) + " VALIDATE CONSTRAINT " + name));
    s.warnings.push_back("fails when rows of " + to_string(table) + " break " + name);
    return s;
}

} // namespace

bool goes_online(const fact_id& table, const plan_context& context) {
    if (!context.options.online || !context.existed(table) || context.creates(table))
        return false;
    const fact* f = context.to.find(table);
    return f && f->id.what == kind::table && !f->has("partition_key");
}

planned_statement build_concurrently(const fact_id& table, std::string_view definition) {
    std::string sql(definition);
    constexpr std::string_view word = "INDEX ";
    sql.insert(sql.find(word) + word.size(), "CONCURRENTLY ");
    planned_statement s = alone(plain(std::move(sql)));
    s.lock = lock_class::share_update_exclusive;
    s.locks.push_back(table);
    return s;
}

planned_statement drop_concurrently(const fact& index) {
    planned_statement s = alone(plain("DROP INDEX CONCURRENTLY " + qualified(index.id.path)));
    s.lock = lock_class::share_update_exclusive;
    s.locks.push_back(index.parent);
    return s;
}

statements key_upon_index(const fact& constraint, const plan_context& context) {
    const fact_id table = table_of(constraint.id);
    const bool primary = constraint.id.what == kind::primary_key;
    // "PRIMARY KEY (id) INCLUDE (x)", "UNIQUE NULLS NOT DISTINCT (a, b)"
    const std::string_view definition = constraint.get("definition");
    const std::string columns(definition.substr(definition.find('(')));
    const bool nulls = definition.starts_with("UNIQUE NULLS NOT DISTINCT");
    const std::string name = quote_name(constraint.id.path[2]);
    const std::string index = "CREATE UNIQUE INDEX " + name + " ON " + qualified(table.path) +
                              " USING btree " + columns + (nulls ? " NULLS NOT DISTINCT" : "");
    statements all{build_concurrently(table, index)};
    all.back().warnings.push_back("fails when rows of " + to_string(table) + " are not unique");
    std::string sql = "ALTER TABLE " + qualified(table.path) + " ADD CONSTRAINT " + name +
                      (primary ? " PRIMARY KEY" : " UNIQUE") + " USING INDEX " + name;
    if (constraint.has("deferrable"))
        sql += " DEFERRABLE";
    if (constraint.has("initially_deferred"))
        sql += " INITIALLY DEFERRED";
    all.push_back(on_table(context, table, lock_class::access_exclusive, std::move(sql)));
    return all;
}

statements add_and_validate(const fact& constraint, const plan_context& context) {
    const fact_id table = table_of(constraint.id);
    const bool key = constraint.id.what == kind::foreign_key;
    return {on_table(context, table,
                     key ? lock_class::share_row_exclusive : lock_class::access_exclusive,
                     "ALTER TABLE " + qualified(table.path) + " ADD " +
                         constraint_clause(constraint) + " NOT VALID"),
            validate(table, quote_name(constraint.id.path[2]), context)};
}

statements prove_not_null(const fact& column, const plan_context& context) {
    const fact_id table = table_of(column.id);
    const std::string head = "ALTER TABLE " + qualified(table.path);
    const std::string field = quote_name(column.id.path[2]);
    const std::string name = quote_name("headspace_not_null_" + column.id.path[2]);
    const auto briefly = [&](const std::string& what) {
        return on_table(context, table, lock_class::access_exclusive, head + what);
    };
    statements all;
    all.push_back(
        briefly(" ADD CONSTRAINT " + name + " CHECK (" + field + " IS NOT NULL) NOT VALID"));
    all.push_back(validate(table, name, context));
    all.back().warnings = {"fails when " + to_string(column.id) + " has NULLs"};
    all.push_back(briefly(" ALTER COLUMN " + field + " SET NOT NULL"));
    all.back().silences =
        "adding-not-nullable-field -- " + name + " has proved it, nothing is read";
    all.push_back(briefly(" DROP CONSTRAINT " + name));
    return all;
}

} // namespace headspace::schema
