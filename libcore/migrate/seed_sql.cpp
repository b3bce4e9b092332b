#include "migrate/seed_sql.hpp"

#include "migrate/sql_text.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace headspace::migrate {

namespace {

constexpr std::int32_t varlena_header = 4; // part of the typmod of varchar(n)

const seed_table* find(const std::vector<seed_table>& all, std::uint32_t oid) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const seed_table& t) { return t.oid == oid; });
    return found == all.end() ? nullptr : &*found;
}

const seed_column* find(const seed_table& table, std::int32_t number) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [&](const seed_column& c) { return c.number == number; });
    return found == table.columns.end() ? nullptr : &*found;
}

std::string qualified_name(const seed_table& table) {
    return quote_identifier(table.schema) + "." + quote_identifier(table.name);
}

std::string short_text(const seed_column& column, int row) {
    std::string text = std::to_string(row);
    if (column.typmod < 0 || column.typmod > varlena_header + 1)
        text.insert(0, "s");
    return text;
}

std::string literal_for(const seed_column& c, int row) {
    static const std::map<std::string, std::string, std::less<>> fixed{
        {"json", "{}"},
        {"jsonb", "{}"},
        {"xml", "<a/>"},
        {"tsvector", "a"},
        {"tsquery", "a"},
        {"point", "(0,0)"},
        {"box", "(1,1),(0,0)"},
        {"circle", "<(0,0),1>"},
        {"path", "[(0,0),(1,1)]"},
        {"polygon", "((0,0),(1,1),(1,0))"},
        {"line", "{1,1,1}"},
        {"lseg", "[(0,0),(1,1)]"},
    };
    const std::string n = std::to_string(row);
    if (const auto found = fixed.find(c.base); found != fixed.end())
        return found->second;
    if (c.base == "uuid")
        return "00000000-0000-4000-8000-00000000000" + n;
    if (c.base == "bytea")
        return "\\x0" + n;
    if (c.base == "macaddr")
        return "00:00:00:00:00:0" + n;
    if (c.base == "time" || c.base == "timetz")
        return "00:00:0" + n;
    if (c.typtype == 'e')
        return c.label;
    if (c.typtype == 'r')
        return "empty";
    if (c.typtype == 'm')
        return "{}";
    switch (c.category) {
    case 'N':
        return n;
    case 'S':
        return short_text(c, row);
    case 'B':
        return "t";
    case 'D':
        return "2000-01-0" + n;
    case 'T':
        return n + " days";
    case 'A':
        return "{}";
    case 'I':
        return "127.0.0." + n;
    case 'V':
        return std::string(static_cast<std::size_t>(std::max(c.typmod, 1)), '0');
    default:
        return {};
    }
}

/// Row `row` of the referenced table, whichever that is.
std::string referenced_value(const seed_table& table, const seed_column& column, int row) {
    return "(SELECT r." + quote_identifier(column.name) + " FROM " + qualified_name(table) +
           " r ORDER BY r.ctid LIMIT 1 OFFSET " + std::to_string(row - 1) + ")";
}

} // namespace

std::vector<const seed_table*> in_reference_order(const std::vector<seed_table>& all) {
    std::vector<const seed_table*> out;
    std::set<std::uint32_t> placed;
    while (out.size() < all.size()) {
        const std::size_t before = out.size();
        for (const seed_table& table : all) {
            const bool ready = std::all_of(
                table.references.begin(), table.references.end(), [&](const seed_reference& r) {
                    return r.table == table.oid || placed.contains(r.table) ||
                           find(all, r.table) == nullptr;
                });
            if (ready && placed.insert(table.oid).second)
                out.push_back(&table);
        }
        if (out.size() > before)
            continue;
        for (const seed_table& table : all) // they refer to each other: any order is as good
            if (placed.insert(table.oid).second)
                out.push_back(&table);
    }
    return out;
}

std::string seed_value(const seed_column& column, int row) {
    const std::string literal = literal_for(column, row);
    if (literal.empty() && column.category != 'S')
        return {};
    return "CAST(" + quote_literal(literal) + " AS " + column.type + ")";
}

std::string seed_insert(const seed_table& table, const std::vector<seed_table>& all, int row,
                        bool only_required) {
    std::map<std::int32_t, std::string> values;
    for (const seed_column& column : table.columns) {
        if (column.filled || (only_required && !column.required))
            continue;
        if (const std::string value = seed_value(column, row); !value.empty())
            values[column.number] = value;
    }
    for (const seed_reference& reference : table.references) {
        const seed_table* other = find(all, reference.table);
        for (std::size_t i = 0; i < reference.columns.size(); ++i) {
            const seed_column* column = find(table, reference.columns[i]);
            const seed_column* target =
                other == nullptr ? nullptr : find(*other, reference.referenced[i]);
            if (column == nullptr || target == nullptr || column->filled)
                continue;
            if (other == &table) {
                if (!column->required)
                    values.erase(column->number);
            } else if (column->required || !only_required) {
                values[column->number] = referenced_value(*other, *target, row);
            }
        }
    }
    if (values.empty())
        return "INSERT INTO " + qualified_name(table) + " DEFAULT VALUES";
    std::string names;
    std::string row_values;
    for (const auto& [number, value] : values) {
        names += (names.empty() ? "" : ", ") + quote_identifier(find(table, number)->name);
        row_values += (row_values.empty() ? "" : ", ") + value;
    }
    return "INSERT INTO " + qualified_name(table) + " (" + names + ") VALUES (" + row_values + ")";
}

std::string seed_block(const std::vector<const seed_table*>& tables,
                       const std::vector<seed_table>& all, int rows) {
    // Each row in a block of its own: an exception takes back that row and no other. Deferred
    // constraints are looked at there too, or they would fail at the end and take everything.
    // Where the server is at its end the proof is too: without rows it would prove less, unseen.
    // A condition that is a class (53, 57) stands for all of it.
    const auto attempt = [](const std::string& insert, const std::string& otherwise) {
        return "BEGIN " + insert + "; SET CONSTRAINTS ALL IMMEDIATE; " +
               "EXCEPTION WHEN insufficient_resources OR operator_intervention OR io_error THEN "
               "RAISE; WHEN OTHERS THEN " +
               otherwise + " END; ";
    };
    std::string body = "BEGIN ";
    for (const seed_table* table : tables)
        for (int row = 1; row <= rows; ++row)
            body += attempt(seed_insert(*table, all, row, false),
                            attempt(seed_insert(*table, all, row, true), "NULL;"));
    return "DO " + quote_literal(body + "END");
}

} // namespace headspace::migrate
