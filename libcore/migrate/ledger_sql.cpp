#include "migrate/ledger_sql.hpp"

#include "base/version.hpp"
#include "migrate/sql_text.hpp"

namespace headspace::migrate {

namespace {

std::string literal_or_null(const std::optional<std::string>& text) {
    return text ? quote_literal(*text) : "NULL";
}

std::string milliseconds(duration d) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
}

std::string event_values(std::string_view revision, std::string_view event, const run_identity& who,
                         std::string_view statement, std::string_view took,
                         std::string_view detail) {
    return "(" + quote_literal(who.run) + "," + quote_literal(revision) + "," +
           quote_literal(event) + "," + std::string(statement) + "," + std::string(took) + "," +
           std::string(detail) + "," + quote_literal(who.requested_by) + "," +
           quote_literal(version) + ")";
}

std::string insert_event(std::string_view revision, std::string_view event, const run_identity& who,
                         std::string_view statement = "NULL", std::string_view took = "NULL",
                         std::string_view detail = "NULL") {
    return "INSERT INTO headspace.migration_events "
           "(run,revision,event,statement,duration_ms,detail,requested_by,tool_version) VALUES " +
           event_values(revision, event, who, statement, took, detail);
}

std::string insert_row(const planned_step& step, const run_identity& who, row_state state,
                       duration took) {
    const std::string total = std::to_string(step.section.statements.size());
    return "INSERT INTO headspace.migrations (revision,parents,message,file,checksum,state,"
           "duration_ms,stmt_done,stmt_total,applied_by,tool_version,up_sql,down_sql) VALUES (" +
           quote_literal(step.revision) + "," + quote_array(step.parents) + "," +
           quote_literal(step.message) + "," + quote_literal(step.file) + "," +
           quote_literal(step.checksum) + "," + quote_literal(to_string(state)) + "," +
           milliseconds(took) + "," + (state == row_state::partial ? "0" : total) + "," + total +
           "," + quote_literal(who.requested_by) + "," + quote_literal(version) + "," +
           quote_literal(step.up_text) + "," + literal_or_null(step.down_text) + ")";
}

std::string where(const planned_step& step) {
    return " WHERE revision = " + quote_literal(step.revision);
}

} // namespace

namespace sql {

std::string create_ledger(bool with_schema) {
    return std::string("BEGIN;") +
           (with_schema ? "CREATE SCHEMA headspace;"
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
COMMIT)";
}

std::string record_applied(const planned_step& step, const run_identity& who, duration took) {
    return "WITH e AS (" + insert_event(step.revision, "applied", who, "NULL", milliseconds(took)) +
           ") " + insert_row(step, who, row_state::applied, took);
}

std::string record_reverted(const planned_step& step, const run_identity& who, duration took) {
    return "WITH e AS (" +
           insert_event(step.revision, "reverted", who, "NULL", milliseconds(took)) +
           ") DELETE FROM headspace.migrations" + where(step);
}

std::string record_stamped(const planned_step& step, const run_identity& who) {
    return "WITH e AS (" + insert_event(step.revision, "stamped", who) + ") " +
           insert_row(step, who, row_state::stamped, duration::zero());
}

std::string forget(std::string_view revision, const run_identity& who) {
    return "WITH e AS (" + insert_event(revision, "forgotten", who) +
           ") DELETE FROM headspace.migrations WHERE revision = " + quote_literal(revision);
}

std::string record_begun(const planned_step& step, const run_identity& who) {
    const std::string total = std::to_string(step.section.statements.size());
    if (step.what == direction::downgrade)
        return "WITH e AS (" + insert_event(step.revision, "begun", who) +
               ") UPDATE headspace.migrations SET state = 'reverting', error = '', "
               "error_sqlstate = ''," +
               (step.resumes ? "" : " stmt_done = 0, stmt_begun = 0,") +
               " down_sql = " + literal_or_null(step.down_text) + ", stmt_total = " + total +
               where(step);
    if (!step.resumes)
        return "WITH e AS (" + insert_event(step.revision, "begun", who) + ") " +
               insert_row(step, who, row_state::partial, duration::zero());
    return "WITH e AS (" + insert_event(step.revision, "begun", who) +
           ") UPDATE headspace.migrations SET error = '', error_sqlstate = '', checksum = " +
           quote_literal(step.checksum) + ", file = " + quote_literal(step.file) +
           ", message = " + quote_literal(step.message) +
           ", parents = " + quote_array(step.parents) +
           ", up_sql = " + quote_literal(step.up_text) +
           ", down_sql = " + literal_or_null(step.down_text) + ", stmt_total = " + total +
           where(step);
}

std::string record_statement(const planned_step& step, const run_identity& who, std::uint32_t k,
                             duration took) {
    const std::string number_of = std::to_string(k);
    return "WITH e AS (" +
           insert_event(step.revision, "statement", who, number_of, milliseconds(took)) +
           ") UPDATE headspace.migrations SET stmt_done = " + number_of +
           ", stmt_begun = 0, run = '', pid = NULL, backend_start = NULL, "
           "duration_ms = duration_ms + " +
           milliseconds(took) + where(step) + " AND stmt_done = " + std::to_string(k - 1);
}

std::string record_bare(const planned_step& step, const run_identity& who, std::uint32_t k,
                        bool pooled) {
    // A pooler's server connection serves others once we are gone: it must never be ended by its
    // pid, only by the comment of the statement that it runs.
    const std::string backend =
        pooled ? "NULL, backend_start = NULL"
               : "pg_catalog.pg_backend_pid(), backend_start = (SELECT extract(epoch FROM "
                 "backend_start) FROM "
                 "pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()))";
    return "UPDATE headspace.migrations SET stmt_begun = " + std::to_string(k) +
           ", run = " + quote_literal(who.run) + ", pid = " + backend + where(step) +
           " AND stmt_done = " + std::to_string(k - 1);
}

std::string record_bare_failed(const planned_step& step) {
    return "UPDATE headspace.migrations SET run = '', pid = NULL, backend_start = NULL" +
           where(step);
}

std::string record_finished(const planned_step& step, const run_identity& who) {
    if (step.what == direction::downgrade)
        return record_reverted(step, who, duration::zero());
    return "WITH e AS (" + insert_event(step.revision, "applied", who) +
           ") UPDATE headspace.migrations SET state = 'applied', applied_at = clock_timestamp(), "
           "run = '', pid = NULL, backend_start = NULL, stmt_begun = 0, error = '', "
           "error_sqlstate = '', applied_by = " +
           quote_literal(who.requested_by) + ", tool_version = " + quote_literal(version) +
           where(step);
}

std::string record_failure(const planned_step& step, const run_identity& who, const error& why) {
    const std::string text = quote_literal(blank_passwords(why.text()));
    return "WITH e AS (" + insert_event(step.revision, "failed", who, "NULL", "NULL", text) +
           ") UPDATE headspace.migrations SET error = " + text +
           ", error_sqlstate = " + quote_literal(why.sqlstate) + where(step) +
           " AND state IN ('partial', 'reverting')";
}

} // namespace sql

} // namespace headspace::migrate
