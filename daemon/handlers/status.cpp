// GET /v1/status and /v1/version.
#include "base/version.hpp"
#include "daemon/handlers/handlers.hpp"
#include "pg/library.hpp"

#include <unistd.h>

namespace headspace::daemon {

namespace {

boost::json::object status_json(services& s) {
    const wall_time now = std::chrono::system_clock::now();
    const health::report r = s.monitor.now(now);
    const auto uptime = std::chrono::duration<double>(clock::now() - s.past.started_monotonic());
    boost::json::object body{{"version", version},
                             {"pid", ::getpid()},
                             {"uptime_s", uptime.count()},
                             {"started", format_utc(s.past.started())},
                             {"crashes", s.past.crashes()},
                             {"since", format_utc(r.since)},
                             {"status", r.healthy ? "healthy" : "degraded"},
                             {"state", to_string(s.life.current())},
                             {"database", r.connected ? "connected" : "disconnected"}};
    if (!r.connected)
        body["database_error"] = r.database_error;
    if (auto stale = stale_json(s); !stale.empty())
        body["stale_primaries"] = std::move(stale);
    body["target"] = s.target();
    body["server_version"] = s.server_version();
    body["pool"] = pool_json(s.past.total(s.pool.snapshot()));
    boost::json::object schema{{"state", health::to_string(r.migrations.state)},
                               {"auto_upgrade", r.migrations.ordered},
                               {"directory", s.config.in_force().migrations_directory.string()}};
    if (!r.migrations.progress.empty())
        schema["progress"] = r.migrations.progress;
    if (const auto& ledger = s.schema.ledger()) {
        schema["applied"] = ledger->applied;
        schema["pending"] = ledger->pending;
    }
    if (!r.migrations.blocked_by.empty())
        schema["blocked_by"] = r.migrations.blocked_by;
    body["migrations"] = std::move(schema);
    body["config_file"] = s.config.in_force().file.string();
    if (const auto& last = s.config.last_reload()) {
        boost::json::object reload{{"at", format_utc(last->at)}, {"ok", last->ok}};
        if (!last->error.empty())
            reload["error"] = last->error;
        body["last_reload"] = std::move(reload);
    }
    if (const auto op = s.ops.running())
        body["operation"] = operation_json(*op);
    body["socket"] = s.socket;
    body["embedded"] = s.config.in_force().embedded;
    return body;
}

boost::json::object version_json(services& s) {
    boost::json::object body{{"version", version},
                             {"extensions", boost::json::array()},
                             {"libpq", pg::library_version()}};
    if (const std::string server = s.server_version(); !server.empty())
        body["server_version"] = server;
    return body;
}

} // namespace

void add_status_routes(admin::router& router, services& s) {
    const admin::plain_handler status = [&s](const admin::request&) {
        return admin::json_response(status_json(s));
    };
    const admin::plain_handler versions = [&s](const admin::request&) {
        return admin::json_response(version_json(s));
    };
    router.add("GET", "/v1/status", admin::scope::admin, status);
    router.add("GET", "/v1/version", admin::scope::admin, versions);
}

} // namespace headspace::daemon
