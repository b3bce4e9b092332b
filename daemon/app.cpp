#include "daemon/app.hpp"

#include "base/version.hpp"
#include "daemon/budget.hpp"
#include "daemon/connecting.hpp"
#include "daemon/generating.hpp"
#include "daemon/handlers/handlers.hpp"
#include "daemon/settings_of.hpp"
#include "daemon/watchdog.hpp"
#include "sd/listen.hpp"
#include "sd/message.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <random>
#include <unistd.h>
#include <utility>

namespace headspace::daemon {

using namespace std::chrono_literals;

namespace {

wall_time wall_now() {
    return std::chrono::system_clock::now();
}

std::uint64_t seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) ^ device();
}

/// Tells the operations of this run from those of the one before.
std::string run_name() {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(wall_now().time_since_epoch());
    return std::to_string(seconds.count());
}

error not_started_yet() {
    return make_error(errc::database_unavailable, error_class::retry,
                      "the embedded PostgreSQL is not running yet");
}

std::shared_ptr<pg::connector> pending() {
    return make_pending_connector(not_started_yet());
}

} // namespace

app::app(config::request asked, config::captured_environment captured, config::effective in_force,
         log::logger& logger)
    : logger_(logger), io_(1), jitter_(seed()),
      events_(io_.get_executor(), logger_, in_force.values.admin.events_kept),
      notifier_(io_.get_executor(), events_.sink()),
      config_(std::move(asked), std::move(captured), std::move(in_force)),
      life_(config_.in_force().values.migrations.auto_upgrade),
      timeline_keeper_(io_.get_executor(), config_.in_force().state_directory / "timelines",
                       events_.sink()),
      connector_(pending()), migration_connector_(pending()),
      pool_(io_.get_executor(),
            pool::make_pool_settings(config_.in_force().values, config_.in_force().target),
            connector_, jitter_, events_.sink()),
      monitor_(io_.get_executor(), pool_, monitor_settings_of(config_.in_force()), events_.sink()),
      ops_(io_.get_executor(), run_name(), config_.in_force().values.admin.operations_kept,
           config_.in_force().values.admin.events_kept),
      runner_(io_.get_executor(), migration_connector_,
              migrate::make_migrate_settings(config_.in_force().values,
                                             config_.in_force().migrations_directory.string()),
              jitter_, events_.sink()),
      generator_(io_.get_executor(), jitter_),
      schema_(io_.get_executor(), runner_, ops_, monitor_, events_.sink(),
              migrations_options_of(config_.in_force())),
      services_{pool_,
                monitor_,
                schema_,
                ops_,
                config_,
                life_,
                logger_,
                events_,
                peers_,
                [this] { return reload(); },
                [this] { return target_.masked(); },
                [this] { return server_version_; },
                [this] { return migration_connector_; },
                [this] { return migration_connection_; },
                {},
                history(wall_now(), clock::now()),
                generator_,
                [this](const secret& s) { hide({s}); },
                [this] { return count(); },
                lag_,
                wall_now(),
                timelines_},
      signals_(io_), target_(config_.in_force().target) {
    hide(config_.secrets());
}

app::~app() = default;

void app::ended_in_exception(const std::exception_ptr& failure, bool vital) {
    std::string what = "of unknown type";
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& e) {
        what = e.what();
    } catch (...) { // NOLINT(bugprone-empty-catch): named below
    }
    events_.write({log_level::critical, "internal_error", "internal error: " + what, {}});
    if (!vital)
        return;
    broken_ = true;
    exit_status_ = 1;
    io_.stop();
}

// Earlier passwords stay hidden too: a late line may still hold one.
void app::hide(const std::vector<secret>& secrets) {
    constexpr std::size_t most = 32;
    for (const secret& s : secrets)
        if (std::find(hidden_.begin(), hidden_.end(), s) == hidden_.end())
            hidden_.push_back(s);
    if (hidden_.size() > most)
        hidden_.erase(hidden_.begin(), hidden_.end() - static_cast<std::ptrdiff_t>(most));
    logger_.hide(hidden_);
    if (!secrets.empty())
        config::forbid_dumping();
}

std::vector<std::pair<std::string, std::string>> app::database_fields() const {
    std::vector<std::pair<std::string, std::string>> fields{{"DATABASE", target_.database}};
    if (!target_.hosts.empty()) {
        fields.emplace_back("HOST", target_.hosts.front().host);
        fields.emplace_back("PORT", std::to_string(target_.hosts.front().port));
    }
    return fields;
}

void app::perform(lifecycle_output output) {
    for (const std::string& message : output.notify)
        notifier_.send(message);
    if (output.exit_at_once) {
        kept_.forget();
        logger_.flush();
        ::_exit(0);
    }
    if (output.begin_drain)
        spawn([this] { return shut_down(); }, true);
}

void app::fail(const error& e) {
    events_.write({log_level::critical, "start_failed", e.text(), {}});
    notifier_.send(sd::failed_message(
        e.text(), e.code.category() == boost::system::system_category() ? e.code.value() : 0));
    exit_status_ = 1;
}

int app::run() {
    const config::effective& now = config_.in_force();
    for (const std::string& note : now.notes)
        events_.write({log_level::info, "configuration", note, {}});
    for (const std::string& warning : now.warnings)
        events_.write({log_level::warning, "configuration", warning, {}});
    std::signal(SIGPIPE, SIG_IGN);
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        signals_.add(number);
    if (const auto listening = listen(); listening.has_error()) {
        fail(listening.error());
        return exit_status_;
    }
    timeline_keeper_.attach(*timelines_);
    pool_.on_state_change([this](pool::pool_state state) { pool_changed(state); });
    monitor_.on_ping([this] { schema_.refresh(); });
    schema_.on_schema_change([this] { pool_.schema_changed(); });
    schema_.count_in(counted_);
    schema_.on_ordered_end([this] { perform(life_.upgrade_over()); });
    (void)monitor_.known(wall_now()); // `since` begins here
    spawn([this] { return handle_signals(); }, true);
    spawn([this] { return start_up(); }, true);
    spawn([this] { return report_status(); });
    spawn([this] { return schema_.watch_directory(); });
    spawn([this] {
        const auto settings = [this]() -> loop_probe {
            const config::health_settings& h = config_.in_force().values.health;
            return {h.loop_probe, h.loop_window};
        };
        return watch_loop(settings, lag_);
    });
    if (const auto interval = sd::watchdog_interval())
        spawn([this, interval] {
            return feed_watchdog(
                *interval,
                [this] {
                    const bool sound = pool_.invariants_hold();
                    counted_.watchdog_pings += sound;
                    return sound;
                },
                notifier_);
        });
    io_.run();
    if (broken_) {
        logger_.flush();
        ::_exit(exit_status_); // what is still alive would be torn down in an unknown state
    }
    return exit_status_;
}

result<void> app::listen() {
    const config::effective& now = config_.in_force();
    server_ = std::make_unique<admin::server>(io_.get_executor(), make_router(services_),
                                              limits_of(now.values.admin), events_.sink());
    const config::admin_settings& admin = now.values.admin;
    set_operators(
        operator_lookup_.wait(admin.operators, ::geteuid(), clock::now() + admin.request_timeout));
    auto passed = sd::take_passed();
    if (passed.has_error())
        return passed.error();
    kept_ = sd::kept_text(passed->kept);
    services_.past.go_on_from(kept_.read());
    keep_history();
    admin::unix_socket_options options{now.values.admin.socket, now.values.admin.mode,
                                       now.values.admin.group, now.private_socket_folder};
    auto listener = passed->admin_socket
                        ? admin::listener::adopt(io_.get_executor(), *passed->admin_socket)
                        : admin::listener::unix_socket(io_.get_executor(), std::move(options));
    if (listener.has_error())
        return listener.error();
    services_.socket = listener->where();
    server_->serve(std::move(*listener));
    http_ = std::make_unique<http_listening>(io_.get_executor(), *server_, events_.sink());
    if (auto http = http_->prepare(now.values.http.listen); http.has_error())
        return http.error();
    http_->commit();
    events_.write({log_level::info,
                   "listening",
                   "headspaced " + std::string(version) + " answers on " + services_.socket,
                   {{"SOCKET", services_.socket}}});
    if (const auto crashes = services_.past.crashes(); crashes > 0)
        events_.write({log_level::warning,
                       "crashed",
                       "started again after a crash, number " + std::to_string(crashes) +
                           " since " + format_utc(services_.past.started()),
                       {{"CRASHES", std::to_string(crashes)}}});
    return {};
}

void app::connect_to(const config::effective& in_force, part what) {
    const auto executor = io_.get_executor();
    const auto make = [&](pg::connect_settings settings) -> std::shared_ptr<pg::connector> {
        auto inner = pg::make_host_connector(executor, settings);
        if (!in_force.embedded && !in_force.test)
            return inner;
        const std::string wanted = settings.target.database;
        settings.target.database = "postgres";
        return make_creating_connector(std::move(inner),
                                       pg::make_host_connector(executor, std::move(settings)),
                                       wanted, events_.sink());
    };
    const password_listener learned = [this](const secret& s) {
        hide({s});
    };
    pg::connect_settings pooled = make_connect_settings(in_force, config_.captured(), learned);
    pooled.on_statement = [this](bool succeeded, duration took) {
        counted_.count_query(succeeded, took);
    };
    pg::connect_settings migrating =
        make_migration_connect_settings(in_force, config_.captured(), learned);
    for (pg::connect_settings* s : {&pooled, &migrating}) {
        s->seen = timelines_;
        s->events = events_.sink();
        s->promoted = [this] {
            asio::post(io_, [this] { pool_.reconnect(); });
        };
    }
    if (in_force.embedded && cluster_) {
        const embedded::connection_place place = *cluster_->place();
        for (pg::connect_settings* s : {&pooled, &migrating}) {
            s->target.hosts = {
                config::host_entry{place.socket_directory, "", place.port, place.port != 5432}};
            s->target.user = place.user;
            s->target.password.reset();
        }
    }
    migration_connection_ = migrating;
    migration_connector_ = make(migrating);
    runner_.apply(migration_connector_);
    generator_.apply(make_generate_settings(executor, in_force, migrating, migration_connector_));
    if (what == part::migrations_only)
        return;
    target_ = pooled.target;
    connector_ = make(std::move(pooled));
}

asio::awaitable<bool> app::start_embedded() {
    const config::effective& now = config_.in_force();
    auto host = embedded::read_host();
    if (host.has_error()) {
        fail(host.error());
        co_return false;
    }
    embedded::cluster_options options;
    options.settings = now.values.embedded;
    options.restart = now.values.reconnect;
    options.data_directory = now.embedded_data_directory.string();
    options.runtime_directory = now.runtime_directory.string();
    options.pool_size = now.values.database.pool_size;
    options.database = now.embedded_database;
    options.host = std::move(*host);
    cluster_ =
        std::make_unique<embedded::cluster>(io_.get_executor(), std::move(options), events_.sink());
    const auto started = co_await cluster_->start();
    if (started.has_value())
        co_return true;
    if (started.error().kind == error_class::refuse) {
        fail(started.error());
        co_return false;
    }
    // Supervision goes on: the pool learns of it when the server is there.
    cluster_->on_state_change([this](embedded::cluster_state state) {
        if (state == embedded::cluster_state::running && life_.current() != phase::draining) {
            connect_to(config_.in_force());
            pool_.apply(pool::make_pool_settings(config_.in_force().values, target_), connector_);
        }
    });
    connector_ = make_pending_connector(started.error());
    co_return true;
}

asio::awaitable<void> app::start_up() {
    perform(life_.listening());
    const config::effective& now = config_.in_force();
    perform(life_.may_last(now.values.database.connect_timeout));
    // READY comes at the latest after connect_timeout, also while the embedded server recovers.
    spawn([this]() -> asio::awaitable<void> {
        asio::steady_timer timer(io_, config_.in_force().values.database.connect_timeout);
        co_await timer.async_wait(as_result);
        perform(life_.first_round_over(false));
    });
    if (now.embedded) {
        const bool alive = co_await start_embedded();
        if (life_.current() == phase::draining)
            co_return; // told to stop meanwhile
        if (!alive) {
            perform(life_.stop_requested());
            co_return;
        }
    }
    if (!now.embedded || cluster_->state() == embedded::cluster_state::running)
        connect_to(now);
    pool_.apply(pool::make_pool_settings(now.values, target_), connector_);
    pool_.start();
    co_await wait_for_first_round();
}

asio::awaitable<void> app::wait_for_first_round() {
    const result<void> outcome = co_await pool_.first_outcome();
    if (outcome.has_value()) {
        const bool upgrading = schema_.connected();
        perform(life_.first_round_over(upgrading));
        if (upgrading)
            spawn([this] { return extend_start(); });
        co_return;
    }
    const error& e = outcome.error();
    if (e.code == make_error_code(errc::pool_closing))
        co_return;
    log_event event{log_level::error, "database_failed", "Database connection failed: " + e.text(),
                    database_fields()};
    if (!e.sqlstate.empty())
        event.fields.emplace_back("SQLSTATE", e.sqlstate);
    events_.write(event);
    perform(life_.first_round_over(false));
}

asio::awaitable<void> app::look_at_server() {
    const config::database_settings& database = config_.in_force().values.database;
    pool::acquire_options options{clock::now() + database.pool_timeout, pool::on_down::fail_fast,
                                  "connection budget"};
    result<pool::lease> lease = co_await pool_.acquire(std::move(options));
    if (lease.has_error())
        co_return;
    server_version_ = (*lease)->facts().version_text;
    if (std::exchange(budget_said_, true))
        co_return;
    for (const std::string& warning : (*lease)->facts().warnings)
        events_.write({log_level::warning, "server", warning, {}});
    std::vector<std::optional<std::string>> name{
        config_.in_force().values.database.application_name};
    const time_point until = clock::now() + config_.in_force().values.database.query_timeout;
    const auto row = co_await (*lease)->query(std::string(budget_query), std::move(name), until);
    if (row.has_error())
        co_return;
    const auto budget = parse_budget(*row);
    if (budget.has_value())
        events_.write(budget_event(*budget, config_.in_force().values.database.pool_size));
    co_await reap_at_start(**lease, generator_, config_.in_force().scratch_target.has_value(),
                           events_.sink(), until);
}

void app::pool_changed(pool::pool_state state) {
    const health::report r = monitor_.known(wall_now());
    const bool up = state == pool::pool_state::up;
    if (up && !ever_connected_) {
        ever_connected_ = true;
        events_.write({log_level::info, "database_connected",
                       "Database connected to " + target_.log_form(), database_fields()});
    }
    if (up)
        spawn([this] { return look_at_server(); });
    if (up && life_.ready())
        schema_.connected();
    if (const auto line = life_.status(health::status_line(pool_.snapshot(), r), clock::now()))
        notifier_.send(*line);
}

asio::awaitable<void> app::report_status() {
    // STATUS= changes at most once a second, and only when there is someone to read it.
    if (std::getenv("NOTIFY_SOCKET") == nullptr) // NOLINT(concurrency-mt-unsafe)
        co_return;
    asio::steady_timer timer(io_);
    while (life_.current() != phase::draining && life_.current() != phase::stopped) {
        const health::report r = monitor_.known(wall_now());
        if (const auto line = life_.status(health::status_line(pool_.snapshot(), r), clock::now()))
            notifier_.send(*line);
        keep_history();
        timer.expires_after(1s);
        const auto [ec] = co_await timer.async_wait(as_result);
        if (ec)
            co_return;
    }
}

tally app::count() const {
    tally all = counted_;
    all.reloads_ok = config_.reloads_ok();
    all.reloads_refused = config_.reloads_refused();
    if (server_)
        for (const admin::route_count& one : server_->answers())
            all.answers[std::to_string(one.status) + " " + one.route] = one.count;
    return all;
}

// Once a second: what was counted since is lost in a crash.
void app::keep_history() {
    std::string text = services_.past.text(pool_.snapshot(), count());
    if (text != kept_last_)
        kept_.write(text);
    kept_last_ = std::move(text);
}

asio::awaitable<void> app::extend_start() {
    const duration by = config_.in_force().values.migrations.extend_timeout;
    asio::steady_timer timer(io_);
    while (life_.current() == phase::starting && ops_.running()) {
        std::string line = health::migrating_line(monitor_.migrations());
        line.front() = 'M';
        perform(life_.upgrade_progress(by, line));
        timer.expires_after(by / 3);
        const auto [ec] = co_await timer.async_wait(as_result);
        if (ec)
            co_return;
    }
}

asio::awaitable<void> app::handle_signals() {
    for (;;) {
        const auto [ec, number] = co_await signals_.async_wait(as_result);
        if (ec)
            co_return;
        if (number == SIGHUP) {
            spawn([this] { return reload_by_signal(); });
            continue;
        }
        const bool again = life_.current() == phase::draining;
        events_.write({log_level::info,
                       "stopping",
                       std::string(number == SIGTERM ? "SIGTERM" : "SIGINT") +
                           (again ? " again: ending at once" : ": shutting down"),
                       {}});
        perform(life_.stop_requested());
    }
}

asio::awaitable<void> app::shut_down() {
    const time_point begin = clock::now();
    const duration limit = config_.in_force().values.shutdown.drain_timeout;
    const time_point end = begin + limit;
    perform(life_.may_last(limit));
    // The embedded server needs some of the time for itself.
    const time_point until = cluster_ ? begin + limit * 3 / 4 : end;
    events_.lines()->close(); // GET /v1/events has no end of its own
    // A migration may use most of the time; the rest is for cancelling it through the server.
    const time_point grace = begin + (until - begin) * 3 / 4;
    // All at once, the server first: from here on nobody new gets in.
    using namespace asio::experimental::awaitable_operators;
    co_await (server_->stop(until) && pool_.drain(until) && schema_.stop(grace, until));
    if (cluster_)
        co_await cluster_->stop(end);
    perform(life_.drained());
    kept_.forget();
    events_.write(
        {log_level::info, "stopped", "stopped after " + format_elapsed(clock::now() - begin), {}});
    io_.stop();
}

} // namespace headspace::daemon
