#include "daemon/handlers/handlers.hpp"

namespace headspace::daemon {

admin::router make_router(services& s) {
    admin::router router;
    add_health_routes(router, s);
    add_metrics_routes(router, s);
    add_status_routes(router, s);
    add_pool_routes(router, s);
    add_config_routes(router, s);
    add_migration_routes(router, s);
    add_integrity_routes(router, s);
    add_generate_routes(router, s);
    add_operation_routes(router, s);
    add_probe_routes(router, s);
    return router;
}

} // namespace headspace::daemon
