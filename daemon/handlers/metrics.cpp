// GET /metrics.
#include "base/version.hpp"
#include "daemon/handlers/handlers.hpp"
#include "daemon/metrics_page.hpp"

namespace headspace::daemon {

namespace {

metrics_facts collect(services& s) {
    metrics_facts f;
    f.version = version;
    f.started = s.past.started();
    f.process_started = s.process_started;
    f.crashes = s.past.crashes();
    f.pool = s.past.total(s.pool.snapshot());
    f.counted = s.past.total(s.counted());
    const health::report r = s.monitor.now(std::chrono::system_clock::now());
    f.database_up = r.connected;
    f.migrations = r.migrations.state;
    f.ledger = s.schema.ledger();
    f.operation_running = s.ops.running() != nullptr;
    if (const auto& last = s.config.last_reload())
        f.last_reload_ok = last->ok;
    f.last_reload_success = s.config.last_good_reload().value_or(s.process_started);
    f.loop_lag = s.lag.worst();
    f.log_dropped = s.logger.dropped();
    f.process = read_process_numbers();
    return f;
}

} // namespace

void add_metrics_routes(admin::router& router, services& s) {
    const admin::plain_handler page = [&s](const admin::request& req) {
        const metrics::text_format format = metrics::choose_text_format(req.accept);
        admin::response out;
        out.content_type = metrics::content_type(format);
        out.body = metrics::render(metrics_page(collect(s)), format);
        return out;
    };
    router.add("GET", "/metrics", admin::scope::publicly, page);
}

} // namespace headspace::daemon
