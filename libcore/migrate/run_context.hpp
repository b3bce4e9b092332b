// What the parts of one run share: its connections, who asked, who listens, and whether it is to
// stop. Internal to migrate.
#pragma once

#include "base/event.hpp"
#include "base/jitter.hpp"
#include "io/blocking.hpp"
#include "io/interruptible_timer.hpp"
#include "migrate/ledger.hpp"
#include "migrate/ledger_sql.hpp"
#include "migrate/progress.hpp"
#include "migrate/settings.hpp"
#include "pg/session.hpp"
#include "revisions/directory.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headspace::migrate {

struct run_context : std::enable_shared_from_this<run_context> {
    run_context(asio::any_io_executor on, std::shared_ptr<pg::connector> from,
                std::shared_ptr<io::blocking> threads_for_files, migrate_settings with,
                jitter_source& random, event_sink logs, progress_sink to, run_identity identity);

    asio::any_io_executor executor;
    std::shared_ptr<pg::connector> connector;
    std::shared_ptr<io::blocking> threads;
    migrate_settings settings;
    jitter_source& jitter;
    event_sink events;
    progress_sink sink;
    run_identity who;

    /// The connection that migrates. Shared with the coroutine that cancels what it runs.
    std::shared_ptr<pg::session> session;
    server_view view;
    bool pooled = false;
    bool checks_connection = false; // the server knows client_connection_check_interval

    [[nodiscard]] time_point query_deadline() const {
        return clock::now() + settings.query_timeout;
    }
    [[nodiscard]] bool server_at_least(int version) const;

    /// Ends pauses and cancels the statement that runs; why is remembered.
    void cancel();
    void lose_lock(error why);
    [[nodiscard]] bool interrupted() const { return cancelled_ || lock_lost_.has_value(); }
    [[nodiscard]] error interruption() const;
    /// False when the run was interrupted.
    asio::awaitable<bool> pause(duration d);

    void tell(const progress& p) const;
    void log(log_level level, std::string name, std::string message,
             std::vector<std::pair<std::string, std::string>> fields = {}) const;
    /// For what runs beside the migration: its exception becomes a warning in the log, nothing
    /// else.
    void log_thrown(std::string name, const std::string& message, std::exception_ptr thrown) const;
    /// To whoever follows; the log is the caller's.
    void warn(const std::string& text) const;
    /// To whoever follows, and to the log when it is somebody else who is waited for.
    void tell_waiting(const std::string& text, duration waited,
                      const std::optional<lock_holder>& holder);

private:
    void interrupt();

    io::interruptible_timer wake_;
    bool cancelled_ = false;
    std::optional<error> lock_lost_;
    std::optional<std::int64_t> logged_holder_; // its pid, 0 for nobody known
};

/// One connection through `connector`, with the errors of a server that cannot be migrated.
asio::awaitable<result<std::shared_ptr<pg::session>>>
open_session(std::shared_ptr<pg::connector> connector, duration timeout);

/// Reads the migrations directory on a thread of its own: a large one, or a slow file system, holds
/// up nobody. Errors: those of the directory, timed_out.
asio::awaitable<result<revisions::directory>> read_files(std::shared_ptr<io::blocking> threads,
                                                         migrate_settings settings);

} // namespace headspace::migrate
