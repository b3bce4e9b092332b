#include "migrate/adopt.hpp"

#include "base/text.hpp"

namespace headspace::migrate {

namespace {

// One row for each table that may be a bookkeeping: those with one of these columns, whatever they
// are called, for every tool lets people choose the name.
constexpr std::string_view tables_sql =
    "SELECT n.nspname, c.relname, pg_catalog.string_agg(a.attname || ' ' || "
    "pg_catalog.format_type(a.atttypid, NULL), chr(10) ORDER BY a.attnum) "
    "FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "WHERE c.relkind IN ('r', 'p') "
    "AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'headspace') "
    "AND n.nspname NOT LIKE 'pg\\_temp\\_%' "
    "AND (c.relname IN ('ar_internal_metadata', 'databasechangelog') OR EXISTS (SELECT FROM "
    "pg_catalog.pg_attribute k WHERE k.attrelid = c.oid AND NOT k.attisdropped AND k.attname IN "
    "('version', 'version_id', 'version_num', 'installed_rank', 'migration_name'))) "
    "GROUP BY n.nspname, c.relname ORDER BY n.nspname, c.relname";

} // namespace

asio::awaitable<result<std::vector<bookkeeping>>> find_bookkeeping(pg::session& session,
                                                                   time_point until) {
    const std::vector<std::optional<std::string>> none;
    auto tables = co_await session.query(std::string(tables_sql), none, until);
    if (tables.has_error())
        co_return tables.error();
    std::vector<table_shape> shapes;
    for (std::size_t i = 0; i < tables->rows.size(); ++i)
        shapes.push_back({std::string(tables->text(i, 0)), std::string(tables->text(i, 1)),
                          split(tables->text(i, 2), '\n')});
    co_return recognise(shapes);
}

asio::awaitable<result<adopted>> read_bookkeeping(pg::session& session, std::string from,
                                                  const revisions::directory& files,
                                                  time_point until) {
    const auto found = co_await find_bookkeeping(session, until);
    if (found.has_error())
        co_return found.error();
    const auto which = choose(*found, from);
    if (which.has_error())
        co_return which.error();
    const std::vector<std::optional<std::string>> none;
    auto rows = co_await session.query(rows_sql(*which), none, until);
    if (rows.has_error()) {
        error why = rows.error();
        why.message = "reading the bookkeeping of " + which->text() + ": " + why.message;
        co_return why;
    }
    co_return judge(*which, rows->rows, files);
}

} // namespace headspace::migrate
