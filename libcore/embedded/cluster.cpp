#include "embedded/cluster.hpp"

#include "base/jitter.hpp"
#include "embedded/find.hpp"
#include "embedded/folders.hpp"
#include "embedded/initialise.hpp"
#include "embedded/server_process.hpp"
#include "embedded/server_settings.hpp"
#include "io/with_deadline.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <csignal>
#include <deque>
#include <exception>
#include <sys/stat.h>
#include <utility>

namespace headspace::embedded {

namespace {

constexpr std::uint16_t socket_port = 5432; // in a folder of its own, so it is always free

error gone_wrong(std::string message, std::string hint = {}) {
    return make_error(errc::database_unavailable, error_class::retry, std::move(message),
                      std::move(hint));
}

error cancelled() {
    return make_error(errc::cancelled, error_class::retry, "the embedded PostgreSQL was stopped");
}

} // namespace

std::string_view to_string(cluster_state state) noexcept {
    switch (state) {
    case cluster_state::stopped:
        return "stopped";
    case cluster_state::starting:
        return "starting";
    case cluster_state::running:
        return "running";
    case cluster_state::waiting:
        return "waiting";
    case cluster_state::stopping:
        return "stopping";
    case cluster_state::refused:
        return "refused";
    }
    return "unknown";
}

struct cluster::impl : std::enable_shared_from_this<impl> {
    impl(asio::any_io_executor e, cluster_options o, event_sink sink)
        : executor(e), options(std::move(o)), events(std::move(sink)),
          changed(e, time_point::max()), jitter(std::random_device{}()), delays(options.restart) {}

    asio::any_io_executor executor;
    cluster_options options;
    event_sink events;
    std::function<void(cluster_state)> callback;
    asio::steady_timer changed; // cancelled at each change of state
    asio::cancellation_signal give_up;
    random_jitter jitter;
    restart_delays delays;

    cluster_state state = cluster_state::stopped;
    bool supervised = false; // supervise() runs
    bool stopping = false;
    bool started = false; // start() has its outcome
    std::optional<error> last_error;
    std::optional<time_point> down_since; // of an outage that was reported
    fs::path folder;
    std::optional<fs::path> ephemeral_folder;
    std::optional<folder_lock> lock;
    std::optional<socket_folder> sockets;
    std::optional<server_process> server;
    std::deque<std::string> last_lines;

    using shared = std::shared_ptr<impl>;

    void emit(log_level level, std::string name, std::string message) {
        if (events)
            events({level,
                    std::move(name),
                    std::move(message),
                    {{"DATA_DIRECTORY", folder.string()}}});
    }

    void set_state(cluster_state next) {
        if (state == next)
            return;
        state = next;
        started = started || next == cluster_state::running || next == cluster_state::waiting;
        changed.cancel();
        if (callback)
            callback(next);
    }

    static asio::awaitable<void> next_change(shared self) {
        co_await self->changed.async_wait(as_result);
    }

    [[nodiscard]] std::optional<connection_place> place() const {
        if (!sockets)
            return std::nullopt;
        return connection_place{sockets->path().string(), socket_port, options.host.user};
    }

    // -- What has to be there before the server can start.

    result<void> take_folder() {
        if (lock)
            return {};
        if (options.host.root && !options.host.server)
            return make_error(
                errc::database_unavailable, error_class::unavailable,
                "PostgreSQL does not run as root, and there is no user 'postgres' for "
                "the embedded one",
                "apt install postgresql-15, or run headspaced as an ordinary user");
        if (options.settings.ephemeral) {
            if (!ephemeral_folder) {
                auto made = make_ephemeral(options.host.temporary, options.host.server);
                if (!made)
                    return made.error();
                ephemeral_folder = std::move(*made);
            }
            folder = *ephemeral_folder / "data";
        } else {
            std::error_code ec;
            folder = fs::weakly_canonical(options.data_directory, ec);
            if (ec || options.data_directory.empty())
                return make_error(errc::config_invalid, error_class::refuse,
                                  "no usable embedded.data_directory: '" + options.data_directory +
                                      "'");
        }
        auto taken = folder_lock::take(folder, options.host.server);
        if (!taken)
            return taken.error();
        lock.emplace(std::move(*taken));
        return {};
    }

    static asio::awaitable<result<programs>> prepare(shared self) {
        if (auto taken = self->take_folder(); !taken)
            co_return taken.error();
        const auto version = pg_version_of(self->folder);
        if (!version)
            co_return version.error();
        const auto& settings = self->options.settings;
        const auto found =
            co_await find_programs(self->options.host, settings.bindir, settings.start_timeout);
        const auto data_major = *version ? major_of_data(**version) : std::optional<int>();
        auto chosen = choose(found, data_major, self->folder.string(), settings.bindir);
        if (!chosen || *version || self->stopping)
            co_return chosen;
        self->emit(log_level::info, "embedded_new",
                   "making a PostgreSQL " + std::to_string(chosen->major) + " cluster in " +
                       self->folder.string());
        new_cluster made;
        made.with = *chosen;
        made.superuser = self->options.host.user;
        made.account = self->options.host.server;
        made.ephemeral = settings.ephemeral;
        made.limit = settings.init_timeout;
        const auto done = co_await initialise(*self->lock, std::move(made));
        if (!done)
            co_return done.error();
        co_return chosen;
    }

    // After a kill -9 of headspaced or of the server, processes may live for a moment. A file
    // postmaster.pid that nobody stands behind would stop the next server when its pid was given to
    // somebody else, or belongs to a zombie.
    static asio::awaitable<result<void>> settle(shared self) {
        const auto& settings = self->options.settings;
        const auto until = clock::now() + settings.settle_timeout;
        for (;;) {
            const auto users = processes_using(self->folder);
            if (users.empty())
                break;
            if (self->stopping)
                co_return cancelled();
            if (clock::now() >= until)
                co_return gone_wrong("a PostgreSQL that is not ours (pid " +
                                         std::to_string(users.front()) + ") uses " +
                                         self->folder.string(),
                                     "stop it: pg_ctl stop -D " + self->folder.string());
            asio::steady_timer pause(self->executor);
            pause.expires_after(std::chrono::duration_cast<clock::duration>(settings.ready_poll));
            co_await pause.async_wait(as_result);
        }
        std::error_code ignored;
        fs::remove(self->folder / "postmaster.pid", ignored);
        co_return result<void>();
    }

    // -- One server.

    void take_line(std::string_view line) {
        last_lines.emplace_back(line);
        while (last_lines.size() > options.settings.crash_lines)
            last_lines.pop_front();
        emit(log_level::debug, "embedded_output", "postgres: " + std::string(line));
    }

    void report_running(const programs& with, time_point launched) {
        const auto now = clock::now();
        delays.server_is_ready(now);
        std::string message = "PostgreSQL " + std::to_string(with.major) + " runs in " +
                              folder.string() + " (pid " + std::to_string(server->pid()) +
                              ", ready after " + format_elapsed(now - launched) + ")";
        if (down_since)
            message += ", recovered after " + format_elapsed(now - *down_since);
        message += ": " + psql_line(sockets->path().string(), options.database);
        down_since.reset();
        last_error.reset();
        emit(log_level::info, "embedded_up", std::move(message));
        set_state(cluster_state::running);
    }

    result<void> launch(const programs& with) {
        server_plan plan;
        plan.data_directory = folder.string();
        plan.socket_directory = sockets->path().string();
        plan.port = socket_port;
        plan.max_connections = options.pool_size + options.settings.spare_connections;
        plan.shared_buffers = options.settings.shared_buffers;
        plan.ephemeral = options.settings.ephemeral;
        plan.major = with.major;
        last_lines.clear();
        auto launched = server_process::launch(
            executor, {with.bindir + "/postgres", std::move(plan), sockets->notify_socket(),
                       options.host.server, options.settings, [this](std::string_view line) {
                           take_line(line);
                       }});
        if (!launched)
            return launched.error();
        server.emplace(std::move(*launched));
        return {};
    }

    static asio::awaitable<void> bring_down(shared self, time_point until) {
        const auto slow = [self](const std::string& message) {
            self->emit(log_level::warning, "embedded_slow_stop", message);
        };
        if (self->server)
            co_await self->server->stop(slow, until);
    }

    // From the start of one server to its end; never ends well.
    static asio::awaitable<error> serve(shared self, programs with) {
        const auto begin = clock::now();
        if (auto launched = self->launch(with); !launched)
            co_return launched.error();
        const auto first = co_await self->server->ready();
        if (first == readiness::ready && !self->stopping)
            self->report_running(with, begin);
        if (first == readiness::late && !self->stopping)
            co_await bring_down(self, time_point::max());
        const io::exit_status ended = co_await self->server->wait();
        self->server.reset();
        if (first == readiness::late)
            co_return gone_wrong("PostgreSQL in " + self->folder.string() +
                                     " was not ready within " +
                                     format_elapsed(self->options.settings.start_timeout),
                                 "if it recovers a lot of data, raise embedded.start_timeout");
        co_return gone_wrong(
            "PostgreSQL in " + self->folder.string() +
            (first == readiness::ready ? " ended unexpectedly" : " did not start") + ": " +
            ended.text());
    }

    static asio::awaitable<error> live(shared self) {
        const auto with = co_await prepare(self);
        if (!with)
            co_return with.error();
        const auto settled = co_await settle(self);
        if (!settled)
            co_return settled.error();
        if (self->stopping)
            co_return cancelled();
        if (!self->sockets) {
            auto claimed = socket_folder::claim(self->options.runtime_directory, socket_port,
                                                self->options.host.server);
            if (!claimed)
                co_return claimed.error();
            self->sockets.emplace(std::move(*claimed));
        }
        auto ended = co_await serve(self, *with);
        co_return ended;
    }

    // -- The life of it all.

    // What start() returns as final is for its caller to say.
    void report_failure(const error& why, bool final) {
        const bool known =
            (last_error && last_error->message == why.message && down_since) || (final && !started);
        last_error = why;
        if (!down_since)
            down_since = clock::now();
        emit(known ? log_level::debug : log_level::error, "embedded_down", why.text());
        if (!known)
            for (const std::string& line : last_lines)
                emit(log_level::warning, "embedded_output", "postgres: " + line);
        last_lines.clear();
    }

    void tidy() {
        server.reset();
        sockets.reset();
        lock.reset();
        if (ephemeral_folder) {
            std::error_code ignored;
            fs::remove_all(*ephemeral_folder, ignored);
            ephemeral_folder.reset();
        }
    }

    static asio::awaitable<void> supervise(shared self) {
        // Cancelling is how stop() ends a wait; what follows has to go on.
        co_await asio::this_coro::throw_if_cancelled(false);
        bool refused = false;
        while (!self->stopping && !refused) {
            self->set_state(cluster_state::starting);
            const error why = co_await live(self);
            if (self->stopping)
                break;
            refused = why.kind == error_class::refuse || why.kind == error_class::bug;
            self->report_failure(why, refused);
            if (refused)
                break;
            const auto delay =
                self->delays.after_failure(clock::now(), why.kind, self->jitter.next());
            self->set_state(cluster_state::waiting);
            asio::steady_timer timer(self->executor);
            timer.expires_after(std::chrono::duration_cast<clock::duration>(delay));
            co_await timer.async_wait(as_result);
        }
        self->tidy();
        self->supervised = false;
        self->set_state(refused ? cluster_state::refused : cluster_state::stopped);
        self->changed.cancel();
    }

    void run() {
        supervised = true;
        const auto self = shared_from_this();
        auto at_end = [self](std::exception_ptr thrown) {
            if (!thrown)
                return;
            try {
                std::rethrow_exception(thrown);
            } catch (const std::exception& e) {
                self->last_error = make_error(
                    errc::internal, error_class::bug,
                    std::string("the supervision of the embedded PostgreSQL failed: ") + e.what());
                self->emit(log_level::error, "embedded_down", self->last_error->text());
            }
            self->tidy();
            self->supervised = false;
            self->set_state(cluster_state::refused);
        };
        asio::co_spawn(executor, supervise(self),
                       asio::bind_cancellation_slot(give_up.slot(), std::move(at_end)));
    }

    // Ends whatever supervise() waits for. Called from outside of the event loop Asio posts the
    // cancellation, and it has to find this object.
    void end_waits() {
        if (!supervised)
            return;
        give_up.emit(asio::cancellation_type::terminal);
        asio::post(executor, [self = shared_from_this()] {});
    }

    static asio::awaitable<void> stop(shared self, time_point until) {
        if (!self->supervised)
            co_return;
        if (!self->stopping) {
            self->stopping = true;
            self->set_state(cluster_state::stopping);
            if (self->server)
                co_await bring_down(self, until);
            else
                self->end_waits();
        }
        while (self->supervised)
            co_await next_change(self);
    }
};

cluster::cluster(asio::any_io_executor executor, cluster_options options, event_sink events)
    : impl_(std::make_shared<impl>(std::move(executor), std::move(options), std::move(events))) {}

cluster::~cluster() {
    impl_->events = nullptr;
    impl_->callback = nullptr;
    impl_->stopping = true;
    impl_->server.reset();
    impl_->end_waits();
}

asio::awaitable<result<connection_place>> cluster::start() {
    const auto self = impl_;
    self->run();
    while (self->supervised &&
           (self->state == cluster_state::stopped || self->state == cluster_state::starting))
        co_await impl::next_change(self);
    if (self->state == cluster_state::running)
        co_return *self->place();
    co_return self->last_error ? *self->last_error : cancelled();
}

asio::awaitable<void> cluster::stop(time_point until) {
    return impl::stop(impl_, until);
}

cluster_state cluster::state() const noexcept {
    return impl_->state;
}

std::optional<connection_place> cluster::place() const {
    return impl_->place();
}

std::optional<error> cluster::last_error() const {
    return impl_->last_error;
}

std::string cluster::data_directory() const {
    return impl_->folder.string();
}

int cluster::server_pid() const noexcept {
    return impl_->server ? impl_->server->pid() : 0;
}

void cluster::on_state_change(std::function<void(cluster_state)> callback) {
    impl_->callback = std::move(callback);
}

} // namespace headspace::embedded
