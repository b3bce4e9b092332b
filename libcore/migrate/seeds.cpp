#include "migrate/seeds.hpp"

#include "base/number.hpp"
#include "migrate/failure.hpp"
#include "migrate/seed_sql.hpp"
#include "migrate/sql_text.hpp"

#include <deque>

namespace headspace::migrate {

namespace {

constexpr int rows_per_table = 2;
constexpr std::size_t tables_per_block = 25;

// Tables that migrations can change: not those of extensions, not temporary ones.
constexpr std::string_view own_tables =
    "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't' AND NOT "
    "EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass "
    "AND d.objid = c.oid AND d.deptype = 'e')";

/// "{1,2}"
std::vector<std::int32_t> numbers(std::string_view text) {
    std::vector<std::int32_t> out;
    while (!text.empty()) {
        const std::size_t digit = text.find_first_of("-0123456789");
        if (digit == std::string_view::npos)
            break;
        text.remove_prefix(digit);
        out.push_back(number_in<std::int32_t>(text));
        text.remove_prefix(std::min(text.find_first_of(",}"), text.size()));
    }
    return out;
}

std::string columns_query() {
    return "SELECT c.oid, n.nspname, c.relname, a.attnum, a.attname, "
           "pg_catalog.format_type(b.oid, m.typmod), b.typname, b.typcategory, b.typtype, "
           "m.typmod, "
           "coalesce((SELECT enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid = b.oid ORDER "
           "BY "
           "enumsortorder LIMIT 1), ''), (a.attnotnull OR t.typnotnull), "
           "(a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' OR t.typdefault IS NOT "
           "NULL) "
           "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
           "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT "
           "a.attisdropped JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
           "CROSS JOIN LATERAL (SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END "
           "AS type, CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS typmod) m "
           "JOIN pg_catalog.pg_type b ON b.oid = m.type "
           "WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND " +
           std::string(own_tables) + " ORDER BY c.oid, a.attnum";
}

constexpr std::string_view references_query =
    "SELECT conrelid, confrelid, conkey, confkey FROM pg_catalog.pg_constraint WHERE contype = 'f' "
    "AND conparentid = 0 ORDER BY oid";

result<std::vector<seed_table>> tables_of(const pg::query_result& columns,
                                          const pg::query_result& references) {
    std::vector<seed_table> all;
    for (std::size_t i = 0; i < columns.rows.size(); ++i) {
        const auto oid = number_in<std::uint32_t>(columns.text(i, 0));
        if (all.empty() || all.back().oid != oid) {
            seed_table fresh;
            fresh.oid = oid;
            fresh.schema = columns.text(i, 1);
            fresh.name = columns.text(i, 2);
            all.push_back(std::move(fresh));
        }
        seed_column c;
        c.number = number_in<std::int32_t>(columns.text(i, 3));
        c.name = columns.text(i, 4);
        c.type = columns.text(i, 5);
        c.base = columns.text(i, 6);
        c.category = columns.text(i, 7).empty() ? 'X' : columns.text(i, 7).front();
        c.typtype = columns.text(i, 8).empty() ? 'b' : columns.text(i, 8).front();
        c.typmod = number_in<std::int32_t>(columns.text(i, 9));
        c.label = columns.text(i, 10);
        c.filled = columns.text(i, 12) == "t";
        c.required = columns.text(i, 11) == "t" && !c.filled;
        all.back().columns.push_back(std::move(c));
    }
    for (std::size_t i = 0; i < references.rows.size(); ++i) {
        const auto from = number_in<std::uint32_t>(references.text(i, 0));
        for (seed_table& table : all)
            if (table.oid == from) {
                seed_reference r;
                r.table = number_in<std::uint32_t>(references.text(i, 1));
                r.columns = numbers(references.text(i, 2));
                r.referenced = numbers(references.text(i, 3));
                table.references.push_back(std::move(r));
            }
    }
    return all;
}

std::string snapshot_sql(const table_snapshot& table) {
    std::string sql = "SELECT pg_catalog.count(*)";
    for (const auto& [attnum, column] : table.columns) {
        const std::string name = "t." + quote_identifier(column.name);
        sql += ", pg_catalog.count(" + name + "), coalesce(pg_catalog.sum(pg_catalog.hashtext(" +
               name + "::text)::bigint), 0)";
    }
    return sql + " FROM ONLY " + quote_identifier(table.schema) + "." +
           quote_identifier(table.name) + " t";
}

} // namespace

asio::awaitable<result<void>> seed_tables(pg::session& session, time_point until) {
    const auto columns = co_await session.query(columns_query(), {}, until);
    if (columns.has_error())
        co_return columns.error();
    const auto references = co_await session.query(std::string(references_query), {}, until);
    if (references.has_error())
        co_return references.error();
    const auto all = tables_of(*columns, *references);
    if (all.has_error())
        co_return all.error();
    // A block that fails as a whole is tried again table by table, so that it costs one its rows.
    std::deque<std::vector<const seed_table*>> blocks;
    const std::vector<const seed_table*> order = in_reference_order(*all);
    for (std::size_t i = 0; i < order.size(); i += tables_per_block) {
        const auto begin = order.begin() + static_cast<std::ptrdiff_t>(i);
        const auto end = order.begin() +
                         static_cast<std::ptrdiff_t>(std::min(i + tables_per_block, order.size()));
        blocks.emplace_back(begin, end);
    }
    while (!blocks.empty()) {
        const std::vector<const seed_table*> some = std::move(blocks.front());
        blocks.pop_front();
        auto tried = co_await session.execute(seed_block(some, *all, rows_per_table), until);
        if (tried.has_value())
            continue;
        if (session.broken() || blames_the_server(tried.error())) {
            error e = tried.error();
            e.message = "putting rows into the tables for the proof: " + e.message;
            co_return e;
        }
        if (some.size() > 1)
            for (auto one = some.rbegin(); one != some.rend(); ++one)
                blocks.push_front({*one});
    }
    co_return result<void>{};
}

asio::awaitable<result<data_snapshot>> take_snapshot(pg::session& session, time_point until) {
    const auto tables = co_await session.query(
        "SELECT c.oid, n.nspname, c.relname, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0), "
        "pg_catalog.pg_relation_size(c.oid) > 0, a.attnum, a.attname, "
        "pg_catalog.format_type(a.atttypid, a.atttypmod), a.attgenerated <> '' "
        "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT "
        "a.attisdropped WHERE c.relkind = 'r' AND " +
            std::string(own_tables) + " ORDER BY c.oid, a.attnum",
        {}, until);
    if (tables.has_error())
        co_return tables.error();
    data_snapshot out;
    std::vector<std::uint32_t> filled;
    for (std::size_t i = 0; i < tables->rows.size(); ++i) {
        const auto oid = number_in<std::uint32_t>(tables->text(i, 0));
        const auto [place, fresh] = out.try_emplace(oid);
        table_snapshot& table = place->second;
        if (fresh) {
            table.schema = tables->text(i, 1);
            table.name = tables->text(i, 2);
            table.file = tables->text(i, 3);
            if (tables->text(i, 4) == "t")
                filled.push_back(oid);
        }
        if (tables->is_null(i, 5))
            continue;
        table_snapshot::column column;
        column.name = tables->text(i, 6);
        column.type = tables->text(i, 7);
        column.generated = tables->text(i, 8) == "t";
        table.columns.emplace(number_in<std::int32_t>(tables->text(i, 5)), std::move(column));
    }
    for (const std::uint32_t oid : filled) {
        table_snapshot& table = out[oid];
        const auto counted = co_await session.query(snapshot_sql(table), {}, until);
        if (counted.has_error())
            co_return counted.error();
        table.rows = number_in<std::uint64_t>(counted->text(0, 0));
        std::size_t field = 1;
        for (auto& [attnum, column] : table.columns) {
            column.filled = number_in<std::uint64_t>(counted->text(0, field));
            column.digest = counted->text(0, field + 1);
            field += 2;
        }
    }
    co_return out;
}

asio::awaitable<result<void>> empty_tables(pg::session& session, time_point until) {
    const auto tables = co_await session.query(
        "SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname) || '.' || "
        "pg_catalog.quote_ident(c.relname), ', ') FROM pg_catalog.pg_class c JOIN "
        "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND " +
            std::string(own_tables),
        {}, until);
    if (tables.has_error())
        co_return tables.error();
    if (tables->is_null(0, 0))
        co_return result<void>{};
    const auto emptied =
        co_await session.execute("TRUNCATE " + std::string(tables->text(0, 0)) + " CASCADE", until);
    if (emptied.has_error())
        co_return emptied.error();
    co_return result<void>{};
}

} // namespace headspace::migrate
