#include "migrate/runner.hpp"

#include "migrate/job.hpp"
#include "migrate/status_of.hpp"

#include <array>
#include <cstdint>
#include <unistd.h>

namespace headspace::migrate {

namespace {

// One for the run, one for status().
constexpr std::size_t reading_threads = 2;

std::string new_run_id(jitter_source& jitter) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string id;
    for (int i = 0; i < 16; ++i)
        id += digits[static_cast<std::size_t>(jitter.next() * 16.0) % digits.size()];
    return id;
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0)
        return "localhost";
    return name.data();
}

error connector_missing() {
    return make_error(errc::database_unavailable, error_class::unavailable,
                      "no database is configured");
}

} // namespace

migrate_settings make_migrate_settings(const config::settings& all, std::string directory) {
    const config::migrations_settings& m = all.migrations;
    return {.directory = std::move(directory),
            .format =
                revisions::parse_format(m.format).value_or(revisions::directory_format::automatic),
            .require_sum = m.require_sum,
            .lock_timeout = m.lock_timeout,
            .lock_wait = m.lock_wait,
            .lock_poll = m.lock_poll,
            .retry_initial = m.retry_initial,
            .retry_max = m.retry_max,
            .connection_check = m.connection_check,
            .query_timeout = all.database.query_timeout,
            .connect_timeout = all.database.connect_round_timeout};
}

struct runner::impl {
    impl(asio::any_io_executor on, std::shared_ptr<pg::connector> from, migrate_settings with,
         jitter_source& random, event_sink logs)
        : executor(std::move(on)), connector(std::move(from)), settings(std::move(with)),
          jitter(random), events(std::move(logs)) {}

    asio::any_io_executor executor;
    std::shared_ptr<pg::connector> connector;
    std::shared_ptr<io::blocking> threads = std::make_shared<io::blocking>(reading_threads);
    migrate_settings settings;
    jitter_source& jitter;
    event_sink events;
    std::shared_ptr<run_context> current;
};

runner::runner(asio::any_io_executor executor, std::shared_ptr<pg::connector> connector,
               migrate_settings settings, jitter_source& jitter, event_sink events)
    : impl_(std::make_shared<impl>(std::move(executor), std::move(connector), std::move(settings),
                                   jitter, std::move(events))) {}

runner::~runner() {
    cancel();
}

asio::awaitable<result<outcome>> runner::run(request what, progress_sink sink) {
    const std::shared_ptr<impl> self = impl_;
    if (self->current)
        co_return make_error(errc::operation_running, error_class::refuse,
                             "another operation is running");
    if (!self->connector)
        co_return connector_missing();
    const std::string by =
        (what.requested_by.empty() ? "headspaced" : what.requested_by) + "@" + host_name();
    auto context = std::make_shared<run_context>(
        self->executor, self->connector, self->threads, self->settings, self->jitter, self->events,
        sink, run_identity{.run = new_run_id(self->jitter), .requested_by = by});
    self->current = context;
    const std::shared_ptr<void> running(nullptr, [self](void*) { self->current.reset(); });

    job work(context, std::move(what));
    auto done = co_await work.run();
    if (done.has_error()) {
        const error why = done.error();
        progress p;
        p.kind = progress_kind::failed;
        p.problem = why;
        context->tell(p);
    }
    co_return done;
}

void runner::cancel() {
    if (impl_->current)
        impl_->current->cancel();
}

asio::awaitable<migration_status> runner::status() {
    const std::shared_ptr<impl> self = impl_;
    const migrate_settings settings = self->settings;
    const auto files = co_await read_files(self->threads, settings);
    result<ledger_state> ledger = connector_missing();
    bool pooled = false;
    if (self->connector) {
        auto opened = co_await open_session(self->connector, settings.connect_timeout);
        if (opened.has_error()) {
            ledger = opened.error();
        } else {
            pg::session& session = **opened;
            pooled = session.facts().pooler;
            const time_point until = clock::now() + settings.query_timeout;
            auto view = co_await look_at(session, until);
            result<void> allowed;
            if (view.has_value())
                allowed = check_server(*view, true);
            if (view.has_error())
                ledger = view.error();
            else if (allowed.has_error())
                ledger = allowed.error();
            else
                ledger = co_await read_ledger(session, *view, stored_texts::of_unfinished, until);
            session.close();
        }
    }
    co_return status_of(settings.directory, files, ledger, pooled);
}

void runner::apply(migrate_settings settings) {
    impl_->settings = std::move(settings);
}

void runner::apply(std::shared_ptr<pg::connector> connector) {
    impl_->connector = std::move(connector);
}

} // namespace headspace::migrate
