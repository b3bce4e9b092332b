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
    "AND (c.relname IN ('ar_internal_metadata', 'databasechangelog', 'schema_migrations', "
    "'goose_db_version', 'flyway_schema_history', 'schema_version', 'alembic_version', "
    "'django_migrations', '__diesel_schema_migrations') OR EXISTS (SELECT FROM "
    "pg_catalog.pg_attribute k WHERE k.attrelid = c.oid AND NOT k.attisdropped AND k.attname IN "
    "('version', 'version_id', 'version_num', 'installed_rank', 'migration_name'))) "
    "GROUP BY n.nspname, c.relname ORDER BY n.nspname, c.relname";

// Those whose last coming or going was a downgrade.
constexpr std::string_view reverted_sql =
    "SELECT revision, pg_catalog.to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
    "FROM (SELECT DISTINCT ON (revision) revision, event, at FROM headspace.migration_events WHERE "
    "event IN ('applied', 'stamped', 'reverted', 'forgotten') ORDER BY revision, id DESC) last "
    "WHERE event = 'reverted'";

const std::vector<std::optional<std::string>> none;

asio::awaitable<result<std::vector<table_shape>>> read_shapes(pg::session& session,
                                                              time_point until) {
    auto tables = co_await session.query(std::string(tables_sql), none, until);
    if (tables.has_error())
        co_return tables.error();
    std::vector<table_shape> shapes;
    for (std::size_t i = 0; i < tables->rows.size(); ++i)
        shapes.push_back({std::string(tables->text(i, 0)), std::string(tables->text(i, 1)),
                          split(tables->text(i, 2), '\n')});
    co_return shapes;
}

asio::awaitable<result<std::vector<reverted_here>>> read_reverted(pg::session& session,
                                                                  time_point until) {
    std::vector<reverted_here> gone;
    const auto kept = co_await session.query(
        "SELECT pg_catalog.to_regclass('headspace.migration_events') IS NOT NULL", none, until);
    if (kept.has_error())
        co_return kept.error();
    if (kept->text(0, 0) != "t")
        co_return gone;
    const auto rows = co_await session.query(std::string(reverted_sql), none, until);
    if (rows.has_error())
        co_return rows.error();
    for (std::size_t i = 0; i < rows->rows.size(); ++i)
        gone.push_back({std::string(rows->text(i, 0)), std::string(rows->text(i, 1))});
    co_return gone;
}

} // namespace

asio::awaitable<result<std::vector<bookkeeping>>> find_bookkeeping(pg::session& session,
                                                                   time_point until) {
    const auto shapes = co_await read_shapes(session, until);
    if (shapes.has_error())
        co_return shapes.error();
    co_return recognise(*shapes);
}

asio::awaitable<result<adopted>> read_bookkeeping(pg::session& session, std::string from,
                                                  const revisions::directory& files,
                                                  time_point until) {
    const auto shapes = co_await read_shapes(session, until);
    if (shapes.has_error())
        co_return shapes.error();
    const auto which = choose(recognise(*shapes), from, misshapen(*shapes));
    if (which.has_error())
        co_return which.error();
    auto rows = co_await session.query(rows_sql(*which), none, until);
    if (rows.has_error()) {
        error why = rows.error();
        why.message = "reading the bookkeeping of " + which->text() + ": " + why.message;
        co_return why;
    }
    auto judged = judge(*which, rows->rows, files);
    if (judged.has_error())
        co_return judged.error();
    const auto gone = co_await read_reverted(session, until);
    if (gone.has_error())
        co_return gone.error();
    if (const auto kept = check_not_reverted(*judged, *gone); kept.has_error())
        co_return kept.error();
    co_return judged;
}

} // namespace headspace::migrate
