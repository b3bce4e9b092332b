// How a new configuration comes into force: whole or not at all.
#include "daemon/app.hpp"
#include "daemon/settings_of.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <unistd.h>
#include <utility>

namespace headspace::daemon {

namespace {

wall_time wall_now() {
    return std::chrono::system_clock::now();
}

duration monotonic_now() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

/// What is known of the ledger and the files is not about these any more.
bool asks_elsewhere(const std::vector<config::change>& changes) {
    constexpr auto keys = std::to_array<std::string_view>(
        {"database.url", "database.host", "database.port", "database.name", "migrations.url",
         "migrations.directory", "migrations.format"});
    return std::any_of(changes.begin(), changes.end(), [&](const config::change& change) {
        return !change.needs_restart &&
               std::find(keys.begin(), keys.end(), change.key) != keys.end();
    });
}

} // namespace

void app::set_operators(operators named) {
    for (std::string& warning : named.warnings())
        events_.write({log_level::warning, "configuration", std::move(warning), {}});
    if (named.late)
        spawn([this] { return wait_for_operators(); });
    server_->set_operators(
        [named = std::move(named)](const admin::peer& from) { return named.may_change(from); });
}

asio::awaitable<void> app::wait_for_operators() {
    const std::vector<std::string> listed = config_.in_force().values.admin.operators;
    operators named = co_await operator_lookup_.look_up(listed, ::geteuid(), time_point::max());
    if (!named.late && listed == config_.in_force().values.admin.operators)
        set_operators(std::move(named));
}

asio::awaitable<void> app::reload_by_signal() {
    if (life_.current() == phase::reloading) {
        reload_again_ = true; // the files may have changed since they were read
        co_return;
    }
    do {
        reload_again_ = false;
        const bool possible = life_.may_reload();
        const reload_outcome outcome = co_await reload();
        if (!possible) // nobody else is told
            events_.write({log_level::warning, "reload_failed", outcome.diagnostics.front(), {}});
    } while (reload_again_);
}

asio::awaitable<reload_outcome> app::reload() {
    // Whole or not at all, even when who asked for it goes away.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    reload_outcome outcome;
    const auto not_now = [this] {
        return "headspaced is " + std::string(to_string(life_.current())) +
               ": reload again when it is running";
    };
    if (!life_.may_reload()) {
        outcome.diagnostics.push_back(not_now());
        co_return outcome;
    }
    perform(life_.reload_begins(monotonic_now()));
    auto read = config_.read_again();
    if (const auto* wrong = std::get_if<std::vector<config::diagnostic>>(&read))
        for (const config::diagnostic& d : *wrong)
            outcome.diagnostics.push_back(d.text());
    else if (auto http = http_->prepare(std::get<reload_plan>(read).next.values.http.listen);
             http.has_error())
        outcome.diagnostics.push_back(http.error().text());
    if (!outcome.diagnostics.empty()) {
        for (const std::string& line : outcome.diagnostics)
            events_.write({log_level::error, "reload_failed", line, {}});
        config_.record({wall_now(), false, outcome.diagnostics.front()});
        perform(life_.reload_over(outcome.diagnostics.front()));
        co_return outcome;
    }
    reload_plan plan = std::move(std::get<reload_plan>(read));
    const config::admin_settings& admin = plan.next.values.admin;
    const time_point until = clock::now() + admin.request_timeout;
    operators named = co_await operator_lookup_.look_up(admin.operators, ::geteuid(), until);
    if (life_.current() != phase::reloading) { // told to stop meanwhile
        outcome.diagnostics.push_back(not_now());
        co_return outcome;
    }
    std::string keys;
    for (const config::change& change : plan.changes) {
        (change.needs_restart ? outcome.needs_restart : outcome.changed).push_back(change.key);
        keys += (keys.empty() ? "" : ", ") + change.key +
                (change.needs_restart ? " (needs a restart)" : "");
    }
    adopt(std::move(plan));
    set_operators(std::move(named));
    events_.write({outcome.needs_restart.empty() ? log_level::info : log_level::warning,
                   "reload",
                   keys.empty() ? "Configuration reloaded: nothing changed"
                                : "Configuration reloaded: " + keys,
                   {}});
    config_.record({wall_now(), true, {}});
    perform(life_.reload_over({}));
    co_return outcome;
}

void app::adopt(reload_plan plan) {
    const bool reconnect = plan.connection_changed && !plan.next.embedded;
    const bool migrations = plan.migrations_changed && !plan.next.embedded;
    const bool elsewhere = asks_elsewhere(plan.changes);
    config_.adopt(std::move(plan));
    const config::effective& now = config_.in_force();
    for (const std::string& warning : now.warnings)
        events_.write({log_level::warning, "configuration", warning, {}});
    log_level level = logger_.level();
    if (log::parse_level(now.values.log.level, level))
        logger_.set_level(level);
    logger_.set_limits(limits_of(now.values.log));
    hide(config_.secrets());
    std::shared_ptr<pg::connector> fresh;
    if (reconnect) {
        connect_to(now);
        fresh = connector_;
    } else if (migrations) {
        connect_to(now, part::migrations_only);
    }
    pool_.apply(pool::make_pool_settings(now.values, target_), fresh);
    if (!fresh && pool_.snapshot().state == pool::pool_state::down)
        pool_.reconnect(); // whoever reloads does not want to wait out a backoff
    monitor_.apply(monitor_settings_of(now));
    runner_.apply(migrate::make_migrate_settings(now.values, now.migrations_directory.string()));
    generator_.apply(migrate::make_generate_limits(now.values));
    http_->commit();
    server_->set_limits(limits_of(now.values.admin));
    if (elsewhere && !ops_.running()) {
        health::migrations_view view = monitor_.migrations();
        view.state = health::migrations_state::unknown; // until the ledger was read again
        monitor_.set_migrations(std::move(view));
    }
    schema_.reloaded(migrations_options_of(now));
}

} // namespace headspace::daemon
