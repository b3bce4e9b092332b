#include "daemon/metrics_page.hpp"

#include "daemon/upgrade_policy.hpp"

#include <array>
#include <utility>

namespace headspace::daemon {

namespace {

using health::migrations_state;
using metrics::family;
using metrics::family_kind;
using metrics::labels;

// There is one; the label is there so that a second one does not rename every series.
const std::pair<std::string, std::string> this_pool{"pool", "default"};

constexpr auto states = std::to_array<migrations_state>(
    {migrations_state::unknown, migrations_state::none, migrations_state::current,
     migrations_state::pending, migrations_state::running, migrations_state::failed,
     migrations_state::refused, migrations_state::waiting});

double seconds(duration d) {
    return std::chrono::duration<double>(d).count();
}

double unix_time(wall_time t) {
    return std::chrono::duration<double>(t.time_since_epoch()).count();
}

class page {
public:
    template<class Number>
    void gauge(const char* name, const char* help, Number value, labels by = {}) {
        all_.push_back(metrics::make_gauge(name, help, static_cast<double>(value), std::move(by)));
    }
    template<class Number>
    void counter(const char* name, const char* help, Number value, labels by = {}) {
        all_.push_back(
            metrics::make_counter(name, help, static_cast<double>(value), std::move(by)));
    }
    void histogram(const char* name, const char* help, const metrics::buckets& times,
                   const labels& by = {}) {
        all_.push_back(metrics::make_histogram(name, help, times, by));
    }
    /// A family whose samples follow by add().
    page& begin(family_kind kind, const char* name, const char* help) {
        all_.push_back({name, help, kind, {}});
        return *this;
    }
    template<class Number>
    page& add(labels by, Number value) {
        all_.back().samples.push_back({{}, std::move(by), static_cast<double>(value)});
        return *this;
    }
    std::vector<family> take() { return std::move(all_); }

private:
    std::vector<family> all_;
};

void add_service(page& out, const metrics_facts& f) {
    out.gauge("headspace_build_info", "The version that runs; always 1.", 1,
              {{"version", f.version}});
    out.gauge("headspace_up",
              "1 while headspaced answers; headspacectl metrics --textfile writes 0 when it does "
              "not.",
              1);
    out.gauge("headspace_start_time_seconds",
              "When the service started, in Unix time; a crash does not change it.",
              unix_time(f.started));
    out.counter("headspace_crashes_total", "Crashes since the service started.", f.crashes);
    out.gauge("headspace_eventloop_lag_seconds",
              "The largest lag of the event loop in the last health.loop_window.",
              seconds(f.loop_lag));
    out.counter("headspace_watchdog_pings_total", "Signs of life sent to the service manager.",
                f.counted.watchdog_pings);
    out.counter("headspace_log_dropped_total", "Log lines that found no room, by this process.",
                f.log_dropped);
    out.begin(family_kind::counter, "headspace_admin_requests_total",
              "Answers of the admin server by route and status; no route: \"none\".");
    for (const auto& [key, count] : f.counted.answers) {
        const std::size_t blank = key.find(' ');
        const std::string route = key.substr(blank + 1);
        out.add({{"route", route.empty() ? "none" : route}, {"code", key.substr(0, blank)}}, count);
    }
}

void add_configuration(page& out, const metrics_facts& f) {
    out.gauge("headspace_config_last_reload_successful",
              "0 after a reload that was refused: the old configuration is in force.",
              f.last_reload_ok ? 1 : 0);
    out.gauge("headspace_config_last_reload_success_timestamp_seconds",
              "When the configuration in force was read, in Unix time.",
              unix_time(f.last_reload_success));
    out.begin(family_kind::counter, "headspace_config_reloads_total", "Reloads by outcome.")
        .add({{"outcome", "succeeded"}}, f.counted.reloads_ok)
        .add({{"outcome", "refused"}}, f.counted.reloads_refused);
}

void add_database(page& out, const metrics_facts& f) {
    const pool::pool_snapshot& p = f.pool;
    out.gauge("headspace_database_up", "Whether the pool has the database.", f.database_up ? 1 : 0,
              {this_pool});
    out.counter("headspace_database_outages_total", "Outages of the database that have begun.",
                p.outages, {this_pool});
    out.begin(family_kind::counter, "headspace_connect_attempts_total",
              "Attempts of the pool to connect by outcome.")
        .add({this_pool, {"outcome", "succeeded"}}, p.connects_ok)
        .add({this_pool, {"outcome", "failed"}}, p.connects_failed);
    out.histogram("headspace_connect_seconds", "How long successful connects took, with login.",
                  p.connects, {this_pool});
    out.gauge("headspace_backoff_seconds",
              "Until the next attempt to connect; 0 while nothing holds it back.",
              seconds(p.retry_in.value_or(duration::zero())), {this_pool});
    out.begin(family_kind::counter, "headspace_queries_total",
              "Statements of headspaced itself on pooled connections, pings included.")
        .add({{"outcome", "succeeded"}}, f.counted.queries_ok)
        .add({{"outcome", "failed"}}, f.counted.queries_failed);
    out.histogram("headspace_query_seconds", "How long these statements took.",
                  f.counted.query_times);
}

void add_pool(page& out, const metrics_facts& f) {
    const pool::pool_snapshot& p = f.pool;
    out.begin(family_kind::gauge, "headspace_pool_server_connections",
              "Connections to the server by state: active is lent, login is connecting.");
    for (const auto& [state, count] :
         std::to_array<std::pair<const char*, std::uint32_t>>({{"active", p.leased},
                                                               {"idle", p.idle},
                                                               {"login", p.connecting},
                                                               {"pinging", p.pinging},
                                                               {"resetting", p.resetting},
                                                               {"closing", p.closing}}))
        out.add({this_pool, {"state", state}}, count);
    out.gauge("headspace_pool_connections_max", "pool_size.", p.size, {this_pool});
    out.gauge("headspace_pool_waiting", "Requests that wait for a connection.", p.waiters,
              {this_pool});
    out.gauge("headspace_pool_maxwait_seconds", "How long the first of them has waited.",
              seconds(p.longest_wait), {this_pool});
    out.gauge("headspace_pool_maxlease_seconds", "How long the oldest loan has lasted.",
              p.leases.empty() ? 0.0 : seconds(p.leases.front().age), {this_pool});
    out.histogram("headspace_pool_wait_seconds", "How long each request waited that was served.",
                  p.waits, {this_pool});
    out.counter("headspace_pool_acquires_total", "Requests for a connection.", p.acquires,
                {this_pool});
    out.counter("headspace_pool_timeouts_total", "Requests that waited pool_timeout in vain.",
                p.timeouts, {this_pool});
    out.begin(family_kind::counter, "headspace_pool_refused_total",
              "Requests that were not served for another reason.")
        .add({this_pool, {"reason", "unavailable"}}, p.unavailable)
        .add({this_pool, {"reason", "queue_full"}}, p.queue_full)
        .add({this_pool, {"reason", "cancelled"}}, p.cancelled);
    out.counter("headspace_pool_pings_total", "Looks whether an idle connection still lives.",
                p.pings, {this_pool});
    out.counter("headspace_pool_rollbacks_total",
                "Connections that came back with a transaction open.", p.rollbacks_on_return,
                {this_pool});
    out.begin(family_kind::counter, "headspace_connection_lifetime_closed_total",
              "Connections that were closed, by reason.");
    for (const auto& [reason, count] : p.closed)
        out.add({this_pool, {"reason", reason}}, count);
}

void add_migrations(page& out, const metrics_facts& f) {
    out.begin(family_kind::gauge, "headspace_migrations_applied",
              "Revisions in the ledger when it was last read; absent before that.");
    if (f.ledger)
        out.add({}, f.ledger->applied);
    out.begin(family_kind::gauge, "headspace_migrations_pending",
              "Revisions of the directory that are not in the ledger; absent as above.");
    if (f.ledger)
        out.add({}, f.ledger->pending);
    out.begin(family_kind::gauge, "headspace_migrations_state",
              "1 for the present state, as checks.migrations of GET /health has it.");
    for (const migrations_state state : states)
        out.add({{"state", std::string(health::to_string(state))}}, state == f.migrations ? 1 : 0);
    out.begin(family_kind::counter, "headspace_migration_runs_total",
              "Upgrades, downgrades and stamps that have ended, by outcome; dry runs left out.");
    // All of them from the beginning: what comes into being with 1 has not grown for Prometheus.
    for (const std::string_view outcome : run_outcomes) {
        const auto found = f.counted.runs.find(outcome);
        out.add({{"outcome", std::string(outcome)}},
                found == f.counted.runs.end() ? 0 : found->second);
    }
    out.histogram("headspace_migration_duration_seconds",
                  "How long each revision took that was applied or reverted.",
                  f.counted.migration_times);
    out.gauge("headspace_operation_running", "Whether an operation runs now.",
              f.operation_running ? 1 : 0);
}

void add_process(page& out, const metrics_facts& f) {
    out.counter("process_cpu_seconds_total", "User and system time of this process.",
                f.process.cpu_seconds);
    out.gauge("process_start_time_seconds", "When this process started, in Unix time.",
              unix_time(f.process_started));
    out.gauge("process_resident_memory_bytes", "Resident memory.", f.process.resident_bytes);
    out.gauge("process_virtual_memory_bytes", "Virtual memory.", f.process.virtual_bytes);
    out.gauge("process_open_fds", "Open file descriptors.", f.process.open_descriptors);
    out.gauge("process_max_fds", "The limit of them.", f.process.most_descriptors);
}

} // namespace

std::vector<family> metrics_page(const metrics_facts& facts) {
    page out;
    add_service(out, facts);
    add_configuration(out, facts);
    add_database(out, facts);
    add_pool(out, facts);
    add_migrations(out, facts);
    add_process(out, facts);
    return out.take();
}

} // namespace headspace::daemon
