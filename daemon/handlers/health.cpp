// GET /health, /health/db, /livez, /readyz: what probes and people ask.
#include "base/version.hpp"
#include "daemon/handlers/handlers.hpp"

namespace headspace::daemon {

namespace {

wall_time wall_now() {
    return std::chrono::system_clock::now();
}

double milliseconds(duration d) {
    return std::chrono::duration<double, std::milli>(d).count();
}

} // namespace

boost::json::object health_json(const health::report& r, wall_time now, admin::scope seen_from) {
    boost::json::object body{{"status", r.healthy ? "healthy" : "degraded"},
                             {"version", version},
                             {"timestamp", format_utc(now)},
                             {"since", format_utc(r.since)},
                             {"database", r.connected ? "connected" : "disconnected"}};
    if (!r.connected)
        body["database_error"] =
            seen_from == admin::scope::admin ? r.database_error : r.database_error_public;
    boost::json::object checks{{"database", r.check_database},
                               {"pool", r.check_pool},
                               {"migrations", health::to_string(r.migrations.state)}};
    if (r.migrations.state == health::migrations_state::running && !r.migrations.progress.empty())
        checks["progress"] = r.migrations.progress;
    if (r.migrations.state == health::migrations_state::running &&
        !r.migrations.blocked_by.empty() && seen_from == admin::scope::admin)
        checks["blocked_by"] = r.migrations.blocked_by;
    body["checks"] = std::move(checks);
    return body;
}

boost::json::array stale_json(const services& s) {
    boost::json::array all;
    for (const pg::stale_primary& one : s.timelines->stale())
        all.push_back({{"host", one.where}, {"timeline", one.timeline}, {"highest", one.highest}});
    return all;
}

void add_health_routes(admin::router& router, services& s) {
    // Always 200: a 503 would make container runtimes restart a daemon that waits for its database.
    const admin::plain_handler health = [&s](const admin::request& req) {
        const wall_time now = wall_now();
        boost::json::object body = health_json(s.monitor.now(now), now, req.listener);
        if (auto stale = stale_json(s); !stale.empty() && req.listener == admin::scope::admin)
            body["stale_primaries"] = std::move(stale);
        return admin::json_response(std::move(body));
    };
    const admin::plain_handler live = [](const admin::request&) {
        return admin::text_response("ok\n");
    };
    const admin::plain_handler ready = [&s](const admin::request&) {
        if (s.life.current() == phase::draining)
            return admin::text_response("not ready: draining\n", 503);
        const health::report r = s.monitor.now(wall_now());
        if (health::is_ready(r))
            return admin::text_response("ready\n");
        const std::string why = r.connected
                                    ? "migrations " + std::string(to_string(r.migrations.state))
                                    : "database unavailable";
        return admin::text_response("not ready: " + why + "\n", 503);
    };
    const admin::handler check = [&s](admin::request req) -> asio::awaitable<admin::response> {
        const health::database_check c = co_await s.monitor.check_database();
        boost::json::object body{{"database", c.connected ? "connected" : "disconnected"},
                                 {"latency_ms", milliseconds(c.latency)}};
        if (c.connected) {
            body["server_version"] = c.server_version;
            body["role"] = c.role;
        } else {
            body["database_error"] =
                req.listener == admin::scope::admin ? c.database_error : c.database_error_public;
        }
        co_return admin::json_response(body, c.connected ? 200 : 503);
    };
    router.add("GET", "/health", admin::scope::publicly, health);
    router.add("GET", "/livez", admin::scope::publicly, live);
    router.add("GET", "/readyz", admin::scope::publicly, ready);
    router.add("GET", "/health/db", admin::scope::publicly, check);
}

} // namespace headspace::daemon
