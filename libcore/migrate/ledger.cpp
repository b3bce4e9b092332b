#include "migrate/ledger.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "migrate/ledger_sql.hpp"
#include "migrate/sql_text.hpp"

namespace headspace::migrate {

namespace {

const std::vector<std::optional<std::string>> no_parameters;

// Everything the preflight asks, in one row. The privileges are asked of the catalogue and not
// tried out: a refused statement says less.
constexpr std::string_view look_sql = R"(
SELECT pg_catalog.pg_is_in_recovery(),
       pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool,
       pg_catalog.pg_backend_pid(),
       (SELECT extract(epoch FROM backend_start)
          FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())),
       current_user, pg_catalog.current_database(),
       n.oid IS NOT NULL, t.tables = 3,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
       coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE'), false),
       coalesce(pg_catalog.has_schema_privilege(n.oid, 'CREATE'), false),
       coalesce(t.readable, false), coalesce(t.writable, false)
  FROM (SELECT 1) AS one
  LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = 'headspace'
  LEFT JOIN LATERAL (
       SELECT count(*) AS tables,
              bool_and(pg_catalog.has_table_privilege(c.oid, 'SELECT')) AS readable,
              bool_and(pg_catalog.has_table_privilege(c.oid, 'INSERT')
                   AND (c.relname <> 'migrations'
                        OR pg_catalog.has_table_privilege(c.oid, 'UPDATE')
                       AND pg_catalog.has_table_privilege(c.oid, 'DELETE'))) AS writable
         FROM pg_catalog.pg_class c
        WHERE c.relnamespace = n.oid
          AND c.relname IN ('ledger', 'migrations', 'migration_events')) t ON true)";

constexpr std::string_view rows_sql = R"(
SELECT revision, pg_catalog.array_to_string(parents, ','), message, file, checksum, state,
       pg_catalog.to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       duration_ms, applied_by, error, stmt_done, stmt_total, stmt_begun, run, pid, backend_start,
       CASE WHEN state = 'partial' THEN up_sql END,
       CASE WHEN state = 'reverting' OR $1::pg_catalog.bool THEN down_sql END,
       down_sql IS NOT NULL, stmt_hash
  FROM headspace.migrations ORDER BY seq)";

bool yes(const pg::query_result& r, std::size_t column) {
    return r.text(0, column) == "t";
}

row_state state_of(std::string_view text) {
    for (const row_state s : {row_state::stamped, row_state::partial, row_state::reverting})
        if (to_string(s) == text)
            return s;
    return row_state::applied;
}

std::optional<std::string> optional_text(const pg::query_result& r, std::size_t row,
                                         std::size_t column) {
    return r.rows[row][column];
}

ledger_row row_from(const pg::query_result& r, std::size_t i) {
    ledger_row row;
    row.revision = r.text(i, 0);
    if (!r.text(i, 1).empty())
        row.parents = split(r.text(i, 1), ',');
    row.message = r.text(i, 2);
    row.file = r.text(i, 3);
    row.checksum = r.text(i, 4);
    row.state = state_of(r.text(i, 5));
    row.applied_at = r.text(i, 6);
    row.duration_ms = number_in<std::int64_t>(r.text(i, 7));
    row.applied_by = r.text(i, 8);
    row.error = r.text(i, 9);
    row.statements_done = number_in<std::uint32_t>(r.text(i, 10));
    row.statements_total = number_in<std::uint32_t>(r.text(i, 11));
    row.statement_begun = number_in<std::uint32_t>(r.text(i, 12));
    row.run = r.text(i, 13);
    row.backend_pid = number_in<std::int64_t>(r.text(i, 14));
    row.backend_start = r.text(i, 15);
    row.up_sql = optional_text(r, i, 16);
    row.down_sql = optional_text(r, i, 17);
    row.has_down = r.text(i, 18) == "t";
    row.statements_hash = r.text(i, 19);
    return row;
}

} // namespace

asio::awaitable<result<server_view>> look_at(pg::session& session, time_point until) {
    auto asked = co_await session.query(std::string(look_sql), no_parameters, until);
    if (asked.has_error())
        co_return asked.error();
    const pg::query_result& r = *asked;
    server_view view;
    view.in_recovery = yes(r, 0);
    view.read_only = yes(r, 1);
    view.backend_pid = number_in<std::int64_t>(r.text(0, 2));
    view.backend_start = r.text(0, 3);
    view.role = r.text(0, 4);
    view.database = r.text(0, 5);
    view.schema_exists = yes(r, 6);
    view.ledger_exists = yes(r, 7);
    view.may_create_schema = yes(r, 8);
    view.may_use_schema = yes(r, 9);
    view.may_create_in_schema = yes(r, 10);
    view.may_read = yes(r, 11);
    view.may_write = yes(r, 12);
    co_return view;
}

std::string missing_grants(const server_view& view, bool only_read) {
    const std::string role = quote_identifier(view.role);
    if (!view.schema_exists)
        return only_read || view.may_create_schema
                   ? ""
                   : "GRANT CREATE ON DATABASE " + quote_identifier(view.database) + " TO " + role +
                         ";";
    if (!view.ledger_exists) {
        if (only_read || (view.may_use_schema && view.may_create_in_schema))
            return "";
        return "GRANT USAGE, CREATE ON SCHEMA headspace TO " + role + ";";
    }
    std::string out;
    if (!view.may_use_schema)
        out = "GRANT USAGE ON SCHEMA headspace TO " + role + ";";
    if (!view.may_read || (!only_read && !view.may_write))
        out += std::string(out.empty() ? "" : " ") + "GRANT SELECT" +
               (only_read ? "" : ", INSERT, UPDATE, DELETE") +
               " ON ALL TABLES IN SCHEMA headspace TO " + role + ";";
    return out;
}

result<void> check_server(const server_view& view, bool only_read) {
    if (view.in_recovery && !only_read)
        return make_error(errc::standby, error_class::refuse,
                          "the server is a read-only standby; migrations run on the primary only",
                          "connect to the primary, or set migrations.url to its address");
    if (view.read_only && !only_read)
        return make_error(errc::standby, error_class::refuse,
                          "every transaction of role " + quote_identifier(view.role) +
                              " is read-only on this server",
                          "see default_transaction_read_only, or set migrations.url to a role or "
                          "server that may write");
    const std::string grants = missing_grants(view, only_read);
    if (!grants.empty())
        return make_error(errc::no_ledger_rights, error_class::refuse,
                          "the role " + quote_identifier(view.role) +
                              " may not keep the migration ledger in database " +
                              quote_identifier(view.database),
                          "as the database's owner or a superuser: " + grants);
    return {};
}

asio::awaitable<result<ledger_state>> read_ledger(pg::session& session, const server_view& view,
                                                  stored_texts texts, time_point until) {
    ledger_state state;
    state.exists = view.ledger_exists;
    if (!view.ledger_exists)
        co_return state;
    auto version_row =
        co_await session.query("SELECT max(version) FROM headspace.ledger", no_parameters, until);
    if (version_row.has_error())
        co_return version_row.error();
    state.version = number_in<int>(version_row->text(0, 0));
    if (auto known = check_version(state); known.has_error())
        co_return known.error();
    std::vector<std::optional<std::string>> parameters;
    parameters.emplace_back(texts == stored_texts::all_downs ? "t" : "f");
    auto rows = co_await session.query(std::string(rows_sql), std::move(parameters), until);
    if (rows.has_error())
        co_return rows.error();
    state.rows.reserve(rows->rows.size());
    for (std::size_t i = 0; i < rows->rows.size(); ++i)
        state.rows.push_back(row_from(*rows, i));
    co_return state;
}

asio::awaitable<result<void>> read_texts(pg::session& session, ledger_state& ledger,
                                         std::vector<std::string> revisions, time_point until) {
    std::string sql = "SELECT revision, up_sql, down_sql FROM headspace.migrations WHERE revision "
                      "= ANY (" +
                      quote_array(revisions) + ")";
    auto texts = co_await session.query(std::move(sql), no_parameters, until);
    if (texts.has_error())
        co_return texts.error();
    for (std::size_t i = 0; i < texts->rows.size(); ++i)
        for (ledger_row& row : ledger.rows)
            if (row.revision == texts->text(i, 0)) {
                row.up_sql = optional_text(*texts, i, 1);
                row.down_sql = optional_text(*texts, i, 2);
            }
    co_return result<void>{};
}

asio::awaitable<result<void>> create_ledger(pg::session& session, const server_view& view,
                                            time_point until) {
    auto created = co_await session.execute(sql::create_ledger(!view.schema_exists), until);
    if (created.has_value())
        co_return result<void>{};
    const error why = created.error();
    if (!session.broken())
        co_await session.execute("ROLLBACK", until);
    co_return why;
}

} // namespace headspace::migrate
