// The routes of the admin protocol, a file for each group. Handlers translate; they decide nothing.
#pragma once

#include "daemon/services.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace headspace::daemon {

void add_health_routes(admin::router& router, services& s);
void add_metrics_routes(admin::router& router, services& s);
void add_status_routes(admin::router& router, services& s);
void add_pool_routes(admin::router& router, services& s);
void add_config_routes(admin::router& router, services& s);
void add_migration_routes(admin::router& router, services& s);
/// POST /v1/migrations/{check,dump}.
void add_integrity_routes(admin::router& router, services& s);
void add_generate_routes(admin::router& router, services& s);
void add_operation_routes(admin::router& router, services& s);
void add_probe_routes(admin::router& router, services& s);

/// All of them. `s` must outlive the server.
admin::router make_router(services& s);

boost::json::object pool_json(const pool::pool_snapshot& snapshot);
boost::json::object health_json(const health::report& r, wall_time now, admin::scope seen_from);
/// Hosts that are refused: [{"host":"db1:5432","timeline":1,"highest":2}], empty when none is.
boost::json::array stale_json(const services& s);
boost::json::object operation_json(const operation& op);
/// 202 for an operation that was started, or what stands in its way with the one that runs.
admin::response started_response(const services& s,
                                 const result<std::shared_ptr<operation>>& begun);

} // namespace headspace::daemon
