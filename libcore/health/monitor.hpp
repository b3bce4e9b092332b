// Watches the pool on behalf of those who ask how it is: remembers since when, pings when silence
// grows too long, and runs SELECT 1 on request.
#pragma once

#include "base/event.hpp"
#include "health/report.hpp"
#include "pool/pool.hpp"

#include <functional>
#include <memory>
#include <string>

namespace headspace::health {

struct monitor_settings {
    duration timeout{}; // of one check, health.timeout
    duration max_age{}; // older proof of life starts a background ping, health.max_age
};

/// The answer of GET /health/db.
struct database_check {
    bool connected = false;
    duration latency{};
    std::string server_version;
    std::string role;           // "primary" or "standby"
    std::string database_error; // empty when connected
    std::string database_error_public;
};

class monitor {
public:
    monitor(asio::any_io_executor executor, pool::pool& pool, monitor_settings settings,
            event_sink events = {});
    ~monitor();
    monitor(const monitor&) = delete;
    monitor& operator=(const monitor&) = delete;

    /// From what is known, without I/O. May start one ping in the background.
    report now(wall_time at);
    /// The same without starting anything: for the daemon's own status line.
    report known(wall_time at);
    /// Runs SELECT 1 now: the cached error at once while the database is known to be away; once
    /// more on a fresh connection when the first was already dead.
    asio::awaitable<database_check> check_database();

    void set_migrations(migrations_view view);
    [[nodiscard]] const migrations_view& migrations() const noexcept { return migrations_; }
    void apply(monitor_settings settings) { settings_ = settings; }

    /// Called with each background ping's end: others tie their own re-reading to it (the ledger).
    void on_ping(std::function<void()> observer) { on_ping_ = std::move(observer); }

private:
    asio::awaitable<void> ping_in_background();
    report make(const pool::pool_snapshot& snapshot, wall_time at);

    asio::any_io_executor executor_;
    pool::pool& pool_;
    monitor_settings settings_;
    event_sink events_;
    migrations_view migrations_;
    std::function<void()> on_ping_;
    std::optional<bool> last_healthy_;
    wall_time since_{};
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    bool pinging_ = false;
};

} // namespace headspace::health
