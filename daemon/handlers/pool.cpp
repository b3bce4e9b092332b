// GET /v1/pool, POST /v1/pool/reconnect and /recycle.
#include "daemon/handlers/handlers.hpp"

namespace headspace::daemon {

namespace {

double seconds(duration d) {
    return std::chrono::duration<double>(d).count();
}

std::string_view to_string(pool::pool_state state) {
    switch (state) {
    case pool::pool_state::starting:
        return "starting";
    case pool::pool_state::up:
        return "up";
    case pool::pool_state::degraded:
        return "degraded";
    case pool::pool_state::down:
        return "down";
    case pool::pool_state::draining:
        return "draining";
    case pool::pool_state::closed:
        return "closed";
    }
    return "closed";
}

std::string_view to_string(error_class kind) {
    switch (kind) {
    case error_class::retry:
        return "retry";
    case error_class::unavailable:
        return "unavailable";
    case error_class::refuse:
        return "refuse";
    case error_class::bug:
        return "bug";
    }
    return "bug";
}

boost::json::object error_json(const error& e) {
    boost::json::object out{{"message", e.message}, {"class", to_string(e.kind)}};
    if (!e.hint.empty())
        out["hint"] = e.hint;
    if (!e.sqlstate.empty())
        out["sqlstate"] = e.sqlstate;
    return out;
}

boost::json::array views_json(const std::vector<pool::lease_view>& all) {
    boost::json::array out;
    for (const pool::lease_view& one : all)
        out.push_back({{"purpose", one.purpose}, {"age_s", seconds(one.age)}});
    return out;
}

} // namespace

boost::json::object pool_json(const pool::pool_snapshot& p) {
    boost::json::object out{{"state", to_string(p.state)},
                            {"size", p.size},
                            {"live", p.live},
                            {"connecting", p.connecting},
                            {"idle", p.idle},
                            {"pinging", p.pinging},
                            {"leased", p.leased},
                            {"resetting", p.resetting},
                            {"closing", p.closing},
                            {"waiters", p.waiters},
                            {"waiters_max", p.waiters_max},
                            {"longest_wait_s", seconds(p.longest_wait)},
                            {"generation", p.generation},
                            {"acquires", p.acquires},
                            {"waited", p.waited},
                            {"timeouts", p.timeouts},
                            {"unavailable", p.unavailable},
                            {"queue_full", p.queue_full},
                            {"cancelled", p.cancelled},
                            {"connects_ok", p.connects_ok},
                            {"connects_failed", p.connects_failed},
                            {"outages", p.outages},
                            {"pings", p.pings},
                            {"rollbacks_on_return", p.rollbacks_on_return},
                            {"wait_p50_s", seconds(p.wait_p50)},
                            {"wait_p99_s", seconds(p.wait_p99)},
                            {"connect_p50_s", seconds(p.connect_p50)},
                            {"connect_p99_s", seconds(p.connect_p99)}};
    if (p.retry_in)
        out["retry_in_s"] = seconds(*p.retry_in);
    if (p.last_error)
        out["last_error"] = error_json(*p.last_error);
    if (p.last_error_age)
        out["last_error_age_s"] = seconds(*p.last_error_age);
    if (p.outage_age) {
        out["outage_age_s"] = seconds(*p.outage_age);
        out["outage_attempts"] = p.outage_attempts;
    }
    if (p.last_alive_age)
        out["last_alive_age_s"] = seconds(*p.last_alive_age);
    boost::json::object closed;
    for (const auto& [reason, count] : p.closed)
        closed[reason] = count;
    out["closed"] = std::move(closed);
    out["leases"] = views_json(p.leases);
    out["waiting"] = views_json(p.waiting);
    return out;
}

void add_pool_routes(admin::router& router, services& s) {
    const admin::plain_handler show = [&s](const admin::request&) {
        return admin::json_response(pool_json(s.past.total(s.pool.snapshot())));
    };
    const admin::plain_handler reconnect = [&s](const admin::request&) {
        s.pool.reconnect();
        return admin::json_response(pool_json(s.past.total(s.pool.snapshot())));
    };
    const admin::plain_handler recycle = [&s](const admin::request&) {
        s.pool.recycle();
        return admin::json_response(pool_json(s.past.total(s.pool.snapshot())));
    };
    router.add("GET", "/v1/pool", admin::scope::admin, show);
    router.add("POST", "/v1/pool/reconnect", admin::scope::admin, reconnect);
    router.add("POST", "/v1/pool/recycle", admin::scope::admin, recycle);
}

} // namespace headspace::daemon
