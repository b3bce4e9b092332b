#include "migrate/orphans.hpp"

#include "base/backoff.hpp"
#include "migrate/holders.hpp"
#include "migrate/sql_text.hpp"

#include <algorithm>

namespace headspace::migrate {

namespace {

const std::vector<std::optional<std::string>> no_parameters;

struct orphan {
    lock_holder who;
    std::string start; // of the backend, "" when hidden from us
};

// A row of another role shows neither its query nor its start, so its pid alone has to do there:
// better to wait for a stranger than to run beside our own orphan.
std::string find_sql(const std::vector<ledger_row>& rows) {
    std::string recorded;
    for (const ledger_row& row : rows)
        if (row.backend_pid != 0)
            recorded += " OR (a.pid = " + std::to_string(row.backend_pid) +
                        " AND coalesce(extract(epoch FROM a.backend_start) = " +
                        quote_literal(row.backend_start) + "::numeric, true))";
    return "SELECT " + holder_columns() +
           ", extract(epoch FROM a.backend_start) FROM pg_stat_activity a WHERE a.pid <> "
           "pg_backend_pid() AND a.datname = current_database() AND ((a.state = 'active' AND "
           "a.query LIKE '/* headspace %') OR a.pid IN (SELECT l.pid FROM pg_locks l WHERE "
           "l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database "
           "WHERE datname = current_database()) AND l.objsubid = 2 AND l.classid = " +
           std::to_string(static_cast<std::uint32_t>(lock_key::space)) +
           " AND l.objid = " + std::to_string(static_cast<std::uint32_t>(lock_key::marker())) +
           ")" + recorded + ")";
}

asio::awaitable<result<std::vector<orphan>>> find(std::shared_ptr<run_context> c, std::string sql) {
    auto found = co_await c->session->query(std::move(sql), no_parameters, c->query_deadline());
    if (found.has_error())
        co_return found.error();
    std::vector<orphan> out;
    for (std::size_t i = 0; i < found->rows.size(); ++i)
        out.push_back({row_holder(*found, i), std::string(found->text(i, holder_fields))});
    co_return out;
}

// Ends the backend only while it is still the one that was found; false: not permitted.
asio::awaitable<result<bool>> terminate(std::shared_ptr<run_context> c, orphan which) {
    const std::string pid = std::to_string(which.who.pid);
    const std::string same = which.start.empty() ? ""
                                                 : " AND extract(epoch FROM a.backend_start) = " +
                                                       quote_literal(which.start) + "::numeric";
    auto ended = co_await c->session->query("SELECT pg_terminate_backend(a.pid) FROM "
                                            "pg_stat_activity a WHERE a.pid = " +
                                                pid + same,
                                            no_parameters, c->query_deadline());
    if (ended.has_value())
        co_return true;
    if (ended.error().sqlstate == "42501")
        co_return false;
    co_return ended.error();
}

error not_ended(const orphan& which, const std::string& role, bool permitted) {
    const std::string who = which.who.text();
    return make_error(
        errc::lock_busy, error_class::retry,
        "a backend that an earlier migration left behind still runs: " + who +
            (permitted ? "" : "; the role " + quote_identifier(role) + " may not end it"),
        permitted
            ? "SELECT pg_terminate_backend(" + std::to_string(which.who.pid) + ") as a superuser"
            : "as a superuser: GRANT pg_signal_backend TO " + quote_identifier(role) +
                  "; or wait until it has ended");
}

std::string marker_sql(std::string_view function) {
    return "SELECT pg_catalog." + std::string(function) + "(" + std::to_string(lock_key::space) +
           "," + std::to_string(lock_key::marker()) + ")";
}

} // namespace

std::string bare_comment(const planned_step& step, const run_identity& who, std::uint32_t k) {
    return "/* headspace " + step.revision + " " + std::to_string(k) + "/" +
           std::to_string(step.section.statements.size()) + " " + who.run + " */ ";
}

asio::awaitable<result<bool>> end_orphans(std::shared_ptr<run_context> context,
                                          std::vector<ledger_row> rows) {
    run_context& c = *context;
    const std::string sql = find_sql(rows);
    const time_point started = clock::now();
    backoff delay(c.settings.retry_initial, c.settings.lock_poll);
    bool some = false;
    bool named = false;
    while (true) {
        const auto found = co_await find(context, sql);
        if (found.has_error())
            co_return found.error();
        if (found->empty())
            co_return some;
        some = true;
        bool permitted = true;
        for (const orphan& each : *found) {
            const auto ended = co_await terminate(context, each);
            if (ended.has_error())
                co_return ended.error();
            permitted = permitted && *ended;
        }
        const orphan& first = found->front();
        const duration waited = clock::now() - started;
        if (waited >= c.settings.lock_wait)
            co_return not_ended(first, c.view.role, permitted);
        if (!named) {
            named = true;
            c.log(log_level::warning, "orphan_found",
                  std::string(permitted ? "Ending" : "Waiting for") +
                      " a backend that a killed migration left behind: " + first.who.text(),
                  {{"PID", std::to_string(first.who.pid)}});
            if (!permitted)
                c.tell_waiting("an earlier migration's backend still runs and role " +
                                   quote_identifier(c.view.role) +
                                   " may not end it: " + first.who.text(),
                               waited, first.who);
        }
        const bool go_on = co_await c.pause(
            std::min(delay.next(c.jitter.next()), duration(c.settings.lock_wait - waited)));
        if (!go_on)
            co_return c.interruption();
    }
}

asio::awaitable<result<void>> take_marker(std::shared_ptr<run_context> context) {
    if (context->pooled)
        co_return result<void>{};
    auto taken = co_await context->session->query(marker_sql("pg_advisory_lock_shared"),
                                                  no_parameters, context->query_deadline());
    if (taken.has_error())
        co_return taken.error();
    co_return result<void>{};
}

asio::awaitable<void> drop_marker(std::shared_ptr<run_context> context) {
    if (!context->pooled && context->session && !context->session->broken())
        co_await context->session->query(marker_sql("pg_advisory_unlock_shared"), no_parameters,
                                         context->query_deadline());
}

} // namespace headspace::migrate
