#include "revisions/ledger_text.hpp"

#include "base/sql_quote.hpp"
#include "base/version.hpp"
#include "revisions/sha256.hpp"

#include <algorithm>

namespace headspace::revisions {

namespace {

std::string literal_or_null(const std::optional<std::string>& text) {
    return text ? quote_literal(*text) : "NULL";
}

std::string milliseconds(duration d) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
}

std::string insert_row(const ledger_entry& entry, const ledger_author& who, std::string_view state,
                       duration took) {
    const std::string total = std::to_string(entry.statements);
    return "INSERT INTO headspace.migrations (revision,parents,message,file,checksum,state,"
           "duration_ms,stmt_done,stmt_total,applied_by,tool_version,up_sql,down_sql) VALUES (" +
           quote_literal(entry.revision) + "," + quote_array(entry.parents) + "," +
           quote_literal(entry.message) + "," + quote_literal(entry.file) + "," +
           quote_literal(entry.checksum) + "," + quote_literal(state) + "," + milliseconds(took) +
           "," + (state == "partial" ? "0" : total) + "," + total + "," +
           quote_literal(who.requested_by) + "," + quote_literal(version) + "," +
           quote_literal(entry.up_text) + "," + literal_or_null(entry.down_text) + ")";
}

std::string where(std::string_view revision) {
    return " WHERE revision = " + quote_literal(revision);
}

std::string detail_of(const ledger_entry& entry) {
    return entry.note.empty() ? "NULL" : quote_literal(entry.note);
}

/// More parts of a WITH.
std::string relinks(const ledger_entry& entry) {
    std::string out;
    std::size_t number = 0;
    for (const auto& [revision, parents] : entry.relink)
        out += ", l" + std::to_string(++number) +
               " AS (UPDATE headspace.migrations SET parents = " + quote_array(parents) +
               where(revision) + ")";
    return out;
}

} // namespace

std::string add_to_hash(std::string_view before, const statement& next) {
    return sha256_hex(std::string(before) + "\n" + next.text);
}

std::string hash_of_first(const section& which, std::uint32_t count) {
    std::string hash;
    const std::size_t n = std::min<std::size_t>(count, which.statements.size());
    for (std::size_t i = 0; i < n; ++i)
        hash = add_to_hash(hash, which.statements[i]);
    return hash;
}

namespace ledger_text {

std::string create(bool with_schema) {
    return std::string(with_schema
                           ? "CREATE SCHEMA IF NOT EXISTS headspace;"
                             "COMMENT ON SCHEMA headspace IS 'migration ledger of headspaced';"
                           : "") +
           R"(
CREATE TABLE IF NOT EXISTS headspace.ledger (
    version int PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    tool_version text NOT NULL);
INSERT INTO headspace.ledger (version, tool_version) VALUES ()" +
           std::to_string(ledger_version) + "," + quote_literal(version) +
           R"() ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS headspace.migrations (
    revision text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    parents text[] NOT NULL,
    message text NOT NULL,
    file text NOT NULL,
    checksum text NOT NULL,
    state text NOT NULL CHECK (state IN ('applied', 'stamped', 'partial', 'reverting')),
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration_ms bigint NOT NULL DEFAULT 0,
    stmt_done int NOT NULL DEFAULT 0,
    stmt_total int NOT NULL DEFAULT 0,
    stmt_begun int NOT NULL DEFAULT 0,
    stmt_hash text NOT NULL DEFAULT '',
    run text NOT NULL DEFAULT '',
    pid bigint,
    backend_start numeric,
    error_sqlstate text NOT NULL DEFAULT '',
    error text NOT NULL DEFAULT '',
    applied_by text NOT NULL,
    db_role text NOT NULL DEFAULT session_user,
    tool_version text NOT NULL,
    up_sql text NOT NULL,
    down_sql text);
COMMENT ON TABLE headspace.migrations IS 'one row for each applied revision; written by headspaced';
CREATE TABLE IF NOT EXISTS headspace.migration_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    run text NOT NULL,
    revision text NOT NULL,
    event text NOT NULL,
    statement int,
    duration_ms bigint,
    detail text,
    requested_by text NOT NULL,
    db_role text NOT NULL DEFAULT session_user,
    tool_version text NOT NULL);
COMMENT ON TABLE headspace.migration_events IS 'what happened to the schema, only ever appended to';
)";
}

std::string event(std::string_view revision, std::string_view event, const ledger_author& who,
                  std::string_view statement, std::string_view took, std::string_view detail) {
    return "INSERT INTO headspace.migration_events "
           "(run,revision,event,statement,duration_ms,detail,requested_by,tool_version) VALUES (" +
           quote_literal(who.run) + "," + quote_literal(revision) + "," + quote_literal(event) +
           "," + std::string(statement) + "," + std::string(took) + "," + std::string(detail) +
           "," + quote_literal(who.requested_by) + "," + quote_literal(version) + ")";
}

std::string applied(const ledger_entry& entry, const ledger_author& who, duration took) {
    return "WITH e AS (" +
           event(entry.revision, "applied", who, "NULL", milliseconds(took), detail_of(entry)) +
           ")" + relinks(entry) + " " + insert_row(entry, who, "applied", took);
}

std::string reverted(const ledger_entry& entry, const ledger_author& who, duration took) {
    return "WITH e AS (" +
           event(entry.revision, "reverted", who, "NULL", milliseconds(took), detail_of(entry)) +
           ") DELETE FROM headspace.migrations" + where(entry.revision);
}

std::string stamped(const ledger_entry& entry, const ledger_author& who) {
    return "WITH e AS (" + event(entry.revision, "stamped", who) + ") " +
           insert_row(entry, who, "stamped", duration::zero());
}

std::string begun(const ledger_entry& entry, const ledger_author& who, bool resumes) {
    const std::string total = std::to_string(entry.statements);
    const std::string begin = "WITH e AS (" + event(entry.revision, "begun", who) + ") ";
    if (entry.down)
        return begin +
               "UPDATE headspace.migrations SET state = 'reverting', error = '', error_sqlstate = "
               "''," +
               (resumes ? "" : " stmt_done = 0, stmt_begun = 0, stmt_hash = '',") +
               " down_sql = " + literal_or_null(entry.down_text) + ", stmt_total = " + total +
               where(entry.revision);
    if (!resumes)
        return begin + insert_row(entry, who, "partial", duration::zero());
    return begin + "UPDATE headspace.migrations SET error = '', error_sqlstate = '', checksum = " +
           quote_literal(entry.checksum) + ", file = " + quote_literal(entry.file) +
           ", message = " + quote_literal(entry.message) +
           ", parents = " + quote_array(entry.parents) +
           ", up_sql = " + quote_literal(entry.up_text) +
           ", down_sql = " + literal_or_null(entry.down_text) + ", stmt_total = " + total +
           where(entry.revision);
}

std::string statement_done(std::string_view revision, const ledger_author& who, std::uint32_t k,
                           std::string_view hash, duration took) {
    const std::string number = std::to_string(k);
    return "WITH e AS (" + event(revision, "statement", who, number, milliseconds(took)) +
           ") UPDATE headspace.migrations SET stmt_done = " + number +
           ", stmt_hash = " + quote_literal(hash) +
           ", stmt_begun = 0, run = '', pid = NULL, backend_start = NULL, "
           "duration_ms = duration_ms + " +
           milliseconds(took) + where(revision) + " AND stmt_done = " + std::to_string(k - 1);
}

std::string statement_begun(std::string_view revision, const ledger_author& who, std::uint32_t k,
                            bool pooled) {
    // A pooler's server connection serves others once we are gone: it must never be ended by its
    // pid, only by the comment of the statement that it runs.
    const std::string backend =
        pooled ? "NULL, backend_start = NULL"
               : "pg_catalog.pg_backend_pid(), backend_start = (SELECT extract(epoch FROM "
                 "backend_start) FROM "
                 "pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()))";
    return "UPDATE headspace.migrations SET stmt_begun = " + std::to_string(k) +
           ", run = " + quote_literal(who.run) + ", pid = " + backend + where(revision) +
           " AND stmt_done = " + std::to_string(k - 1);
}

std::string finished(const ledger_entry& entry, const ledger_author& who) {
    if (entry.down)
        return reverted(entry, who, duration::zero());
    return "WITH e AS (" + event(entry.revision, "applied", who, "NULL", "NULL", detail_of(entry)) +
           ")" + relinks(entry) +
           " UPDATE headspace.migrations SET state = 'applied', applied_at = clock_timestamp(), "
           "run = '', pid = NULL, backend_start = NULL, stmt_begun = 0, error = '', "
           "error_sqlstate = '', applied_by = " +
           quote_literal(who.requested_by) + ", tool_version = " + quote_literal(version) +
           where(entry.revision);
}

} // namespace ledger_text

} // namespace headspace::revisions
