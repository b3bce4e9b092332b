#include "health/report.hpp"

namespace headspace::health {

namespace {

bool connected(const pool::pool_snapshot& pool) {
    return pool.state == pool::pool_state::up || pool.state == pool::pool_state::degraded;
}

std::string_view pool_check(const pool::pool_snapshot& pool) {
    if (!connected(pool))
        return "unavailable";
    const bool exhausted = pool.waiters > 0 && pool.idle == 0 && pool.leased >= pool.size;
    return exhausted ? "exhausted" : "ok";
}

bool upgrade_outstanding(const migrations_view& m) {
    if (!m.ordered)
        return false;
    switch (m.state) {
    case migrations_state::failed:
    case migrations_state::refused:
    case migrations_state::waiting:
        return true;
    case migrations_state::unknown:
    case migrations_state::pending:
        return m.outstanding;
    default:
        return false;
    }
}

std::string error_class_words(const error& e) {
    std::string out;
    switch (e.kind) {
    case error_class::retry:
        out = "temporarily unavailable";
        break;
    case error_class::unavailable:
        out = "unavailable until an operator acts";
        break;
    case error_class::refuse:
        out = "refused";
        break;
    case error_class::bug:
        out = "internal error";
        break;
    }
    if (!e.sqlstate.empty())
        out += " (" + e.sqlstate + ")";
    return out;
}

} // namespace

std::string_view to_string(migrations_state state) noexcept {
    switch (state) {
    case migrations_state::unknown:
        return "unknown";
    case migrations_state::none:
        return "none";
    case migrations_state::current:
        return "current";
    case migrations_state::pending:
        return "pending";
    case migrations_state::running:
        return "running";
    case migrations_state::failed:
        return "failed";
    case migrations_state::refused:
        return "refused";
    case migrations_state::waiting:
        return "waiting";
    }
    return "unknown";
}

report make_report(const pool::pool_snapshot& pool, const migrations_view& migrations,
                   wall_time since) {
    report r;
    r.connected = connected(pool);
    r.healthy = r.connected && !upgrade_outstanding(migrations);
    r.since = since;
    r.check_database = r.connected ? "ok" : "unavailable";
    r.check_pool = pool_check(pool);
    r.migrations = migrations;
    if (!r.connected) {
        r.database_error = pool.last_error ? pool.last_error->text() : "not connected yet";
        r.database_error_public =
            pool.last_error ? error_class_words(*pool.last_error) : "not connected yet";
    }
    return r;
}

bool is_ready(const report& r) noexcept {
    const bool upgrade_runs =
        r.migrations.ordered && r.migrations.state == migrations_state::running;
    return r.connected && r.healthy && !upgrade_runs;
}

std::string migrating_line(const migrations_view& m) {
    return "migrating" + (m.progress.empty() ? std::string() : " " + m.progress) +
           (m.blocked_by.empty() ? std::string() : ", waiting for " + m.blocked_by);
}

std::string status_line(const pool::pool_snapshot& pool, const report& r) {
    if (r.connected && r.healthy) {
        std::string line = "Ready: " + std::to_string(pool.live) + "/" + std::to_string(pool.size) +
                           " connections";
        if (r.migrations.state == migrations_state::running)
            line += ", " + migrating_line(r.migrations);
        else
            line += ", migrations " + std::string(to_string(r.migrations.state));
        return line;
    }
    if (r.connected)
        return "Degraded: migrations " + std::string(to_string(r.migrations.state)) +
               ", see headspacectl db status";
    // No countdown: the line changes only when something happened.
    std::string line = "Degraded: database unreachable since " + format_utc(r.since);
    if (pool.last_error)
        line += ", " + error_class_words(*pool.last_error);
    return line;
}

} // namespace headspace::health
