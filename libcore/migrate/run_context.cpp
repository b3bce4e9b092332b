#include "migrate/run_context.hpp"

namespace headspace::migrate {

run_context::run_context(asio::any_io_executor on, std::shared_ptr<pg::connector> from,
                         std::shared_ptr<io::blocking> threads_for_files, migrate_settings with,
                         jitter_source& random, event_sink logs, progress_sink to,
                         run_identity identity)
    : executor(std::move(on)), connector(std::move(from)), threads(std::move(threads_for_files)),
      settings(std::move(with)), jitter(random), events(std::move(logs)), sink(std::move(to)),
      who(std::move(identity)), wake_(executor) {}

bool run_context::server_at_least(int version) const {
    return session && session->facts().version >= version;
}

void run_context::cancel() {
    if (cancelled_)
        return;
    cancelled_ = true;
    interrupt();
}

void run_context::lose_lock(error why) {
    if (lock_lost_)
        return;
    lock_lost_ = std::move(why);
    interrupt();
}

void run_context::interrupt() {
    wake_.notify();
    if (!session || session->broken())
        return;
    auto cancel_statement = [](std::shared_ptr<pg::session> which,
                               time_point until) -> asio::awaitable<void> {
        co_await which->cancel(until);
    };
    asio::co_spawn(executor, cancel_statement(session, query_deadline()),
                   [self = shared_from_this()](std::exception_ptr thrown) {
                       self->log_thrown("migration_cancel_failed",
                                        "the statement that runs could not be cancelled", thrown);
                   });
}

error run_context::interruption() const {
    if (cancelled_)
        return make_error(errc::cancelled, error_class::refuse, "the run was cancelled",
                          "headspacectl db upgrade goes on where it stopped");
    error e =
        make_error(errc::connection_lost, error_class::retry,
                   "the connection that holds the migration lock was lost: " + lock_lost_->message,
                   "headspacectl db upgrade goes on where it stopped");
    e.sqlstate = lock_lost_->sqlstate;
    return e;
}

asio::awaitable<bool> run_context::pause(duration d) {
    if (!interrupted())
        co_await wake_.wait_until(clock::now() + d);
    co_return !interrupted();
}

void run_context::tell(const progress& p) const {
    if (sink)
        sink(p);
}

void run_context::log(log_level level, std::string name, std::string message,
                      std::vector<std::pair<std::string, std::string>> fields) const {
    if (!events)
        return;
    log_event e;
    e.level = level;
    e.name = std::move(name);
    e.message = std::move(message);
    e.fields = std::move(fields);
    events(std::move(e));
}

void run_context::log_thrown(std::string name, const std::string& message,
                             std::exception_ptr thrown) const {
    if (!thrown)
        return;
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        log(log_level::warning, std::move(name), message + ": " + e.what());
    }
}

void run_context::warn(const std::string& text) const {
    progress p;
    p.kind = progress_kind::warning;
    p.text = text;
    tell(p);
}

void run_context::tell_waiting(const std::string& text, duration waited,
                               const std::optional<lock_holder>& holder) {
    if (std::exchange(logged_holder_, holder ? holder->pid : 0) != (holder ? holder->pid : 0))
        log(log_level::info, "migration_waiting", text);
    progress p;
    p.kind = progress_kind::waiting_for_lock;
    p.text = text;
    p.elapsed = waited;
    p.holder = holder;
    tell(p);
}

asio::awaitable<result<std::shared_ptr<pg::session>>>
open_session(std::shared_ptr<pg::connector> connector, duration timeout) {
    auto connected = co_await connector->connect(clock::now() + timeout);
    if (connected.has_error())
        co_return connected.error();
    co_return std::shared_ptr<pg::session>(std::move(*connected));
}

asio::awaitable<result<revisions::directory>> read_files(std::shared_ptr<io::blocking> threads,
                                                         migrate_settings settings) {
    // A result within a result would be ambiguous, hence the pointer.
    auto read = [path = settings.directory, format = settings.format] {
        return std::make_shared<result<revisions::directory>>(
            revisions::read_directory(path, format));
    };
    auto files = co_await threads->run(std::move(read), clock::now() + settings.query_timeout,
                                       "reading " + settings.directory);
    if (files.has_error())
        co_return files.error();
    co_return std::move(**files);
}

} // namespace headspace::migrate
