#include "schema/clauses.hpp"

#include "base/sql_quote.hpp"
#include "base/text.hpp"
#include "schema/foreign.hpp"

#include <algorithm>
#include <map>

namespace headspace::schema {

namespace {

std::map<std::string, std::string> parse(std::string_view options) {
    std::map<std::string, std::string> parsed;
    if (options.empty())
        return parsed;
    std::string rest(options);
    for (const std::string& part : split(rest, ',')) {
        const std::string_view item = trim(part);
        const std::size_t equals = item.find('=');
        if (equals == std::string_view::npos)
            parsed.emplace(item, "");
        else
            parsed.emplace(item.substr(0, equals), item.substr(equals + 1));
    }
    return parsed;
}

// A name may have a dot: toast.autovacuum_enabled.
std::string option_name(std::string_view name) {
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos)
        return quote_name(name);
    return quote_name(name.substr(0, dot)) + "." + quote_name(name.substr(dot + 1));
}

std::string assignments(const std::map<std::string, std::string>& options) {
    std::string out;
    for (const auto& [name, value] : options)
        out += (out.empty() ? "" : ", ") + option_name(name) + "=" + quote_literal(value);
    return out;
}

} // namespace

std::string option_list(std::string_view options) {
    return assignments(parse(options));
}

std::vector<std::string> option_changes(std::string_view before, std::string_view after) {
    const auto a = parse(before);
    const auto b = parse(after);
    std::map<std::string, std::string> set;
    std::string reset;
    for (const auto& [name, value] : b)
        if (const auto old = a.find(name); old == a.end() || old->second != value)
            set.emplace(name, value);
    for (const auto& [name, value] : a)
        if (!b.contains(name))
            reset += (reset.empty() ? "" : ", ") + option_name(name);
    std::vector<std::string> out;
    if (!set.empty())
        out.push_back("SET (" + assignments(set) + ")");
    if (!reset.empty())
        out.push_back("RESET (" + reset + ")");
    return out;
}

std::string identity_options(const fact& column) {
    const std::string_view type = column.note("base");
    const bool ascending = !column.get("identity_increment").starts_with('-');
    const std::string_view high = type == "smallint"  ? "32767"
                                  : type == "integer" ? "2147483647"
                                                      : "9223372036854775807";
    const std::string_view low = type == "smallint"  ? "-32768"
                                 : type == "integer" ? "-2147483648"
                                                     : "-9223372036854775808";
    std::string out;
    const auto add = [&](std::string_view word, std::string_view attribute,
                         std::string_view usual) {
        if (column.get(attribute) != usual)
            out += (out.empty() ? "" : " ") + std::string(word) + " " +
                   std::string(column.get(attribute));
    };
    add("INCREMENT BY", "identity_increment", "1");
    add("MINVALUE", "identity_min", ascending ? "1" : low);
    add("MAXVALUE", "identity_max", ascending ? high : "-1");
    add("START WITH", "identity_start",
        ascending ? column.get("identity_min") : column.get("identity_max"));
    add("CACHE", "identity_cache", "");
    if (column.has("identity_cycle"))
        out += out.empty() ? "CYCLE" : " CYCLE";
    return out;
}

const fact* default_among(const facts& some, const fact& column) {
    for (const fact* f : some)
        if (f->id.what == kind::default_value && f->id.path == column.id.path)
            return f;
    return nullptr;
}

std::string column_clause(const fact& column, const fact* default_value) {
    std::string sql = quote_name(column.id.path[2]) + " " + std::string(column.get("type"));
    if (column.has("compression"))
        sql += " COMPRESSION " + std::string(column.get("compression"));
    sql += foreign_options(column.get("foreign_options"));
    if (column.has("collation"))
        sql += " COLLATE " + std::string(column.get("collation"));
    if (column.has("generated"))
        sql += " GENERATED ALWAYS AS (" + std::string(column.get("generated")) + ") " +
               (column.has("generated_virtual") ? "VIRTUAL" : "STORED");
    if (column.has("identity")) {
        sql += " GENERATED " + std::string(column.get("identity")) + " AS IDENTITY";
        if (const std::string options = identity_options(column); !options.empty())
            sql += " (" + options + ")";
    }
    if (default_value)
        sql += " DEFAULT " + std::string(default_value->get("expression"));
    if (column.has("not_null") && !column.has("identity"))
        sql += " NOT NULL";
    return sql;
}

std::vector<std::string> column_settings(const fact& column) {
    std::vector<std::string> all;
    const std::string head = "ALTER TABLE " + qualified(column.id.path) + " ALTER COLUMN " +
                             quote_name(column.id.path[2]);
    if (column.has("storage"))
        all.push_back(head + " SET STORAGE " + std::string(column.get("storage")));
    if (column.has("statistics"))
        all.push_back(head + " SET STATISTICS " + std::string(column.get("statistics")));
    if (column.has("options"))
        all.push_back(head + " SET (" + option_list(column.get("options")) + ")");
    return all;
}

std::string constraint_clause(const fact& constraint) {
    std::string sql = "CONSTRAINT " + quote_name(constraint.id.path[2]) + " " +
                      std::string(constraint.get("definition"));
    if (constraint.has("deferrable"))
        sql += " DEFERRABLE";
    if (constraint.has("initially_deferred"))
        sql += " INITIALLY DEFERRED";
    if (constraint.has("not_valid"))
        sql += " NOT VALID";
    return sql;
}

std::vector<std::string> table_lines(const facts& folded) {
    facts columns, constraints;
    for (const fact* f : folded)
        if (f->id.what == kind::column)
            columns.push_back(f);
        else if (f->id.what != kind::default_value)
            constraints.push_back(f);
    std::stable_sort(columns.begin(), columns.end(), [](const fact* a, const fact* b) {
        return a->note("position") < b->note("position");
    });
    std::vector<std::string> lines;
    for (const fact* column : columns)
        lines.push_back(column_clause(*column, default_among(folded, *column)));
    for (const fact* constraint : constraints)
        lines.push_back(constraint_clause(*constraint));
    return lines;
}

} // namespace headspace::schema
