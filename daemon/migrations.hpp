// Migrations inside the daemon: runs them as operations, keeps health's view of them true, and
// carries out migrations.auto_upgrade.
#pragma once

#include "base/event.hpp"
#include "daemon/metrics_page.hpp"
#include "daemon/operations.hpp"
#include "daemon/run_view.hpp"
#include "daemon/task.hpp"
#include "daemon/upgrade_policy.hpp"
#include "daemon/upgrade_retry.hpp"
#include "health/monitor.hpp"
#include "io/interruptible_timer.hpp"
#include "migrate/runner.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace headspace::daemon {

struct migrations_options {
    bool ordered = false; // migrations.auto_upgrade
    std::filesystem::path directory;
    duration directory_poll{}; // how often it is looked at after an ordered upgrade did not succeed
    duration retry_max{}; // the longest delay before an ordered upgrade that lost its connection,
                          // while the pool has one, is tried again; the first is directory_poll
};

class migrations {
public:
    migrations(asio::any_io_executor executor, migrate::runner& runner, operations& ops,
               health::monitor& monitor, event_sink events, migrations_options options);

    /// Starts an operation. Errors: operation_running.
    result<std::shared_ptr<operation>> start(migrate::request what, std::string requested_by);
    /// Starts anything else as an operation of this `kind`; migrations wait until it has ended.
    /// The same errors.
    result<std::shared_ptr<operation>> start_task(std::string kind, std::string requested_by,
                                                  task work);
    /// Reads the ledger now; health follows.
    asio::awaitable<migrate::migration_status> status();
    /// Reads it in the background unless it is known to be current.
    void refresh();

    /// The pool is connected (again): an ordered upgrade is due. False when none was started.
    bool connected();
    void reloaded(migrations_options options);
    /// Looks from time to time whether an ordered upgrade that did not succeed is worth another
    /// try: the directory has changed, or its connection was lost. Runs until cancelled.
    asio::awaitable<void> watch_directory();

    /// What was applied and what is pending, as the ledger and the directory were last read.
    [[nodiscard]] const std::optional<ledger_counts>& ledger() const noexcept { return counts_; }
    /// Where runs and the times of their steps are counted from now on.
    void count_in(tally& counted) { counted_ = &counted; }

    /// Called at each commit of a migration, before anybody else hears of it.
    void on_schema_change(std::function<void()> callback) {
        on_schema_change_ = std::move(callback);
    }
    /// The first end of an ordered upgrade, for READY.
    void on_ordered_end(std::function<void()> callback) { on_ordered_end_ = std::move(callback); }

    /// Lets a running operation end until `grace`, then cancels it and waits until `until`.
    asio::awaitable<void> stop(time_point grace, time_point until);

private:
    asio::awaitable<void> run(std::shared_ptr<operation> op, migrate::request what);
    asio::awaitable<void> run_task(std::shared_ptr<operation> op,
                                   std::shared_ptr<task_control> control, task work);
    struct following;
    void follow(following& run, const migrate::progress& p);
    void conclude(operation& op, const result<migrate::outcome>& r, bool ordered);
    void show(health::migrations_state state, const run_view& view = {});
    void log_end(const operation& op, const result<migrate::outcome>& r, bool ordered);
    bool start_ordered();
    struct reading;
    std::shared_ptr<reading> read();
    asio::awaitable<void> read_afresh();
    void account(const result<migrate::outcome>& r);
    void count_run(const result<migrate::outcome>& r);
    void look_at(const migrate::migration_status& status);

    asio::any_io_executor executor_;
    migrate::runner& runner_;
    operations& ops_;
    health::monitor& monitor_;
    event_sink events_;
    migrations_options options_;
    upgrade_verdict verdict_;
    upgrade_retry retry_;
    std::optional<ledger_counts> counts_;
    tally* counted_ = nullptr;
    std::function<void()> on_ordered_end_;
    std::function<void()> on_schema_change_;
    bool outstanding_ = false; // an ordered upgrade has still to succeed
    health::migrations_state before_ = health::migrations_state::unknown; // the present operation
    std::uint64_t concluded_ = 0;      // operations that have ended
    io::interruptible_timer ended_;    // notified at each end
    std::shared_ptr<reading> reading_; // the one that is under way
    std::string seen_files_;           // the directory as the last ordered upgrade found it
    bool deferred_ = false;            // an ordered upgrade fell due while a task ran
    bool stopping_ = false;
};

/// Changes whenever a file of the directory does: names, sizes, times. Pure over what the file
/// system says.
std::string directory_fingerprint(const std::filesystem::path& directory);

} // namespace headspace::daemon
