// The composition root: owns every part of the daemon, in the order in which they are built, and
// drives the lifecycle.
#pragma once

#include "admin/listener.hpp"
#include "admin/server.hpp"
#include "base/jitter.hpp"
#include "daemon/http_listening.hpp"
#include "daemon/operators.hpp"
#include "daemon/services.hpp"
#include "daemon/timeline_file.hpp"
#include "embedded/cluster.hpp"
#include "pg/host_connector.hpp"
#include "sd/kept_text.hpp"
#include "sd/notify.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace headspace::daemon {

class app {
public:
    app(config::request asked, config::captured_environment captured, config::effective in_force,
        log::logger& logger);
    ~app();
    app(const app&) = delete;
    app& operator=(const app&) = delete;

    /// Runs until it is told to stop. The exit status: 0, or 1 when it could not start.
    int run();

private:
    // start-up, in order
    result<void> listen();
    asio::awaitable<void> start_up();
    asio::awaitable<bool> start_embedded();
    enum class part { everything, migrations_only };
    void connect_to(const config::effective& in_force, part what = part::everything);
    asio::awaitable<void> wait_for_first_round();
    asio::awaitable<void> look_at_server();

    // while it runs
    asio::awaitable<void> handle_signals();
    asio::awaitable<void> report_status();
    void keep_history();
    [[nodiscard]] tally count() const;
    asio::awaitable<void> extend_start();
    void pool_changed(pool::pool_state state);
    asio::awaitable<reload_outcome> reload();
    asio::awaitable<void> reload_by_signal();
    void adopt(reload_plan plan);
    void set_operators(operators named);
    asio::awaitable<void> wait_for_operators();

    asio::awaitable<void> shut_down();
    void perform(lifecycle_output output);
    /// An exception ends this work only, or with `vital` the daemon.
    template<class Work>
    void spawn(Work work, bool vital = false);
    void ended_in_exception(const std::exception_ptr& failure, bool vital);
    void fail(const error& e);
    void hide(const std::vector<secret>& secrets);
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> database_fields() const;

    log::logger& logger_;
    asio::io_context io_;
    random_jitter jitter_;
    event_feed events_;
    sd::notifier notifier_;
    configuration config_;
    lifecycle life_;
    tally counted_; // what is not counted where it happens; see count()
    loop_lag lag_;
    std::unique_ptr<embedded::cluster> cluster_;
    std::shared_ptr<pg::timelines> timelines_ = std::make_shared<pg::timelines>();
    timeline_keeper timeline_keeper_;
    std::shared_ptr<pg::connector> connector_;
    std::shared_ptr<pg::connector> migration_connector_;
    pg::connect_settings migration_connection_; // what it was made from
    pool::pool pool_;
    health::monitor monitor_;
    operations ops_;
    migrate::runner runner_;
    migrate::generator generator_;
    migrations schema_;
    peer_names peers_;
    operator_lookup operator_lookup_;
    bool reload_again_ = false; // a signal came while one was under way
    services services_;
    sd::kept_text kept_;
    std::string kept_last_;
    std::unique_ptr<admin::server> server_;
    std::unique_ptr<http_listening> http_;
    asio::signal_set signals_;
    config::conninfo
        target_; // what is connected to: the embedded cluster's place, once it is known
    std::vector<secret> hidden_; // what the log must not show: present passwords and earlier ones
    std::string server_version_;
    bool ever_connected_ = false;
    bool budget_said_ = false;
    bool broken_ = false; // a vital part ended in an exception: nothing more can be relied on
    int exit_status_ = 0;
};

template<class Work>
void app::spawn(Work work, bool vital) {
    asio::co_spawn(io_, std::move(work), [this, vital](const std::exception_ptr& failure) {
        if (failure)
            ended_in_exception(failure, vital);
    });
}

} // namespace headspace::daemon
