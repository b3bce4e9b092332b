#include "health/monitor.hpp"

#include "io/asio.hpp"

#include <exception>
#include <utility>

namespace headspace::health {

namespace {

std::string role_of(const pg::server_facts& facts) {
    return facts.in_recovery ? "standby" : "primary";
}

// A copy of the sink: the monitor may be gone by then.
void report_thrown(const event_sink& events, std::exception_ptr thrown) {
    if (!thrown || !events)
        return;
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        events({log_level::error,
                "health_ping_failed",
                std::string("a health ping in the background failed: ") + e.what(),
                {}});
    }
}

} // namespace

monitor::monitor(asio::any_io_executor executor, pool::pool& pool, monitor_settings settings,
                 event_sink events)
    : executor_(std::move(executor)), pool_(pool), settings_(settings), events_(std::move(events)) {
}

monitor::~monitor() {
    *alive_ = false;
}

void monitor::set_migrations(migrations_view view) {
    migrations_ = std::move(view);
}

report monitor::make(const pool::pool_snapshot& snapshot, wall_time at) {
    report r = make_report(snapshot, migrations_, since_);
    if (last_healthy_ != r.healthy) {
        last_healthy_ = r.healthy;
        since_ = at;
    }
    r.since = since_;
    return r;
}

report monitor::known(wall_time at) {
    return make(pool_.snapshot(), at);
}

report monitor::now(wall_time at) {
    const pool::pool_snapshot snapshot = pool_.snapshot();
    report r = make(snapshot, at);
    const bool silent = !snapshot.last_alive_age || *snapshot.last_alive_age > settings_.max_age;
    if (r.connected && silent && !pinging_) {
        pinging_ = true;
        // However it ends: the next silence is to be followed by a ping again.
        asio::co_spawn(executor_, ping_in_background(),
                       [this, alive = alive_, events = events_](std::exception_ptr thrown) {
                           if (*alive)
                               pinging_ = false;
                           report_thrown(events, thrown);
                       });
    }
    return r;
}

asio::awaitable<void> monitor::ping_in_background() {
    const auto alive = alive_;
    const time_point until = clock::now() + settings_.timeout;
    pool::acquire_options options{until, pool::on_down::fail_fast, "health ping"};
    result<pool::lease> lease = co_await pool_.acquire(std::move(options));
    if (lease.has_value())
        (void)co_await (*lease)->ping(until); // its outcome shows in the pool's state
    if (*alive && on_ping_)
        on_ping_();
}

asio::awaitable<database_check> monitor::check_database() {
    const time_point begin = clock::now();
    const time_point until = begin + settings_.timeout;
    database_check check;
    error last;
    for (int attempt = 0; attempt < 2; ++attempt) {
        pool::acquire_options options{until, pool::on_down::fail_fast, "health check"};
        result<pool::lease> lease = co_await pool_.acquire(std::move(options));
        if (!lease.has_value()) {
            last = lease.error();
            break;
        }
        result<pg::query_result> answer = co_await (*lease)->query("SELECT 1", {}, until);
        if (answer.has_value()) {
            check.connected = true;
            check.latency = clock::now() - begin;
            check.server_version = (*lease)->facts().version_text;
            check.role = role_of((*lease)->facts());
            co_return check;
        }
        last = answer.error();
        // Only a connection that was dead before we used it deserves a second try.
        if (last.code != make_error_code(errc::connection_lost))
            break;
    }
    check.latency = clock::now() - begin;
    check.database_error = last.text();
    check.database_error_public =
        last.sqlstate.empty() ? "unavailable" : "unavailable (" + last.sqlstate + ")";
    co_return check;
}

} // namespace headspace::health
