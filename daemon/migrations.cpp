#include "daemon/migrations.hpp"

#include "admin/message.hpp"
#include "migrate/json.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

namespace headspace::daemon {

using health::migrations_state;
using migrate::progress_kind;

namespace {

constexpr std::string_view dry_run_mark = " (dry run)";
constexpr const char* ordered_by = "auto_upgrade"; // who asks for an ordered upgrade

wall_time wall_now() {
    return std::chrono::system_clock::now();
}

std::string names_of(const std::vector<std::string>& revisions) {
    std::string out;
    for (const std::string& revision : revisions)
        out += (out.empty() ? "" : ", ") + revision;
    return out.empty() ? "base" : out;
}

std::string counted(std::size_t revisions) {
    if (revisions == 0)
        return "nothing to run";
    return std::to_string(revisions) + (revisions == 1 ? " revision" : " revisions");
}

std::string end_line(const result<migrate::outcome>& r, operation_state state) {
    boost::json::object line{{"event", "end"}, {"outcome", to_string(state)}};
    if (r.has_value()) {
        line["done"] = r->done.size();
        line["current"] = boost::json::array(r->current.begin(), r->current.end());
    } else {
        line["problem"] = admin::problem_object(r.error());
    }
    return boost::json::serialize(line);
}

} // namespace

std::string directory_fingerprint(const std::filesystem::path& directory) {
    namespace fs = std::filesystem;
    std::vector<std::string> entries;
    std::error_code ec;
    for (fs::recursive_directory_iterator it(directory, ec), end; !ec && it != end;
         it.increment(ec)) {
        std::error_code ignored;
        const auto size = it->is_regular_file(ignored) ? it->file_size(ignored) : 0;
        const auto when = it->last_write_time(ignored).time_since_epoch().count();
        entries.push_back(it->path().string() + "|" + std::to_string(size) + "|" +
                          std::to_string(when));
    }
    std::sort(entries.begin(), entries.end());
    std::string all = ec ? ec.message() + "\n" : "";
    for (const std::string& entry : entries)
        all += entry + "\n";
    return all;
}

migrations::migrations(asio::any_io_executor executor, migrate::runner& runner, operations& ops,
                       health::monitor& monitor, event_sink events, migrations_options options)
    : executor_(std::move(executor)), runner_(runner), ops_(ops), monitor_(monitor),
      events_(std::move(events)), options_(std::move(options)), outstanding_(options_.ordered),
      ended_(executor_) {
    show(migrations_state::unknown);
}

void migrations::show(migrations_state state, const run_view& view) {
    monitor_.set_migrations({state, view.progress(), options_.ordered,
                             options_.ordered && outstanding_, view.blocked_by()});
}

// One run, as those see it who ask meanwhile.
struct migrations::following {
    std::shared_ptr<operation> op;
    bool dry_run = false;
    run_view view;
};

result<std::shared_ptr<operation>> migrations::start(migrate::request what,
                                                     std::string requested_by) {
    if (stopping_)
        return make_error(errc::pool_closing, error_class::retry,
                          "headspaced is shutting down: no migration is started");
    std::string kind(migrate::to_string(what.what));
    auto begun = ops_.begin(what.dry_run ? kind + std::string(dry_run_mark) : kind,
                            std::move(requested_by), wall_now(), [this] { runner_.cancel(); });
    if (!begun.has_value())
        return begun;
    before_ = monitor_.migrations().state;
    // An ordered one runs at every reconnect: that is news only when it finds something to do.
    if (!what.dry_run && what.requested_by != ordered_by)
        show(migrations_state::running);
    auto work = [this, op = *begun, what = std::move(what)]() -> asio::awaitable<void> {
        co_await run(op, what);
    };
    asio::co_spawn(executor_, std::move(work), asio::detached);
    return begun;
}

asio::awaitable<void> migrations::run(std::shared_ptr<operation> op, migrate::request what) {
    const bool ordered = what.requested_by == ordered_by;
    const auto seen = std::make_shared<following>(following{op, what.dry_run, {}});
    result<migrate::outcome> r = make_error(errc::internal, error_class::bug, "not run");
    try {
        // Named: g++ 12 destroys a lambda's captures twice when it is made within a co_await.
        const migrate::progress_sink sink = [this, seen](const migrate::progress& p) {
            follow(*seen, p);
        };
        r = co_await runner_.run(std::move(what), sink);
    } catch (const std::exception& e) {
        r = make_error(errc::internal, error_class::bug,
                       std::string("the migration ended in an exception: ") + e.what());
    }
    if (!seen->dry_run)
        count_run(r);
    log_end(*op, r, ordered);
    conclude(*op, r, ordered);
    if (!stopping_)
        co_await read_afresh();
}

void migrations::follow(following& run, const migrate::progress& p) {
    if (changes_schema(p) && on_schema_change_)
        on_schema_change_();
    operation& op = *run.op;
    op.feed->push(boost::json::serialize(migrate::to_json(p)));
    run.view.follow(p);
    op.progress = run.view.progress();
    op.blocked_by = run.view.blocked_by();
    if (run.view.has_work() && !run.dry_run && p.kind != progress_kind::failed)
        show(migrations_state::running, run.view);
    if (p.kind == progress_kind::warning)
        events_({run.dry_run ? log_level::debug : log_level::warning,
                 "migration_warning",
                 p.text,
                 {{"OPERATION", op.id}}});
    if (p.kind == progress_kind::repaired)
        events_({log_level::warning,
                 "migration_repaired",
                 "the ledger's row of " + p.step.revision + " (" + p.step.message +
                     ") was changed by `db repair`",
                 {{"OPERATION", op.id}, {"REVISION", p.step.revision}}});
    const bool done = p.kind == progress_kind::applied || p.kind == progress_kind::reverted;
    if (done && counted_ != nullptr)
        counted_->migration_times.record(p.elapsed);
    if (done)
        events_({log_level::info,
                 "migration_step",
                 std::string(to_string(p.kind)) + " " + p.step.revision + " (" + p.step.message +
                     ") in " + format_elapsed(p.elapsed),
                 {{"OPERATION", op.id}, {"REVISION", p.step.revision}}});
}

void migrations::count_run(const result<migrate::outcome>& r) {
    if (counted_ == nullptr)
        return;
    std::optional<error> failure;
    if (!r.has_value())
        failure = r.error();
    ++counted_->runs[std::string(run_outcome(failure ? &*failure : nullptr))];
}

// While the database is away, what was read last is still the best there is.
void migrations::look_at(const migrate::migration_status& status) {
    if (status.state == migrations_state::unknown)
        return;
    ledger_counts seen;
    for (const migrate::history_entry& row : status.history)
        seen.applied += row.state == "applied" || row.state == "stamped";
    seen.pending = status.pending.size();
    counts_ = seen;
}

void migrations::log_end(const operation& op, const result<migrate::outcome>& r, bool ordered) {
    const bool dry_run = op.kind.ends_with(dry_run_mark);
    if (r.has_value()) {
        // A dry run is its asker's affair, and comes before every upgrade that a person asks for.
        if (!r->done.empty() || !ordered)
            events_(
                {dry_run ? log_level::debug : log_level::info,
                 "migration_done",
                 op.kind + " done: " + counted(r->done.size()) + ", now at " + names_of(r->current),
                 {{"OPERATION", op.id}}});
        return;
    }
    const error& e = r.error();
    if (ordered && stopping_) {
        events_({log_level::info,
                 "migration_stopped",
                 op.kind + " stopped: " + e.text(),
                 {{"OPERATION", op.id}}});
        return;
    }
    // While the pool is connected an outage has no other line; the first loss may be news to it.
    const bool said_by_pool = retry_.losses() == 0 || !monitor_.known(wall_now()).connected;
    std::optional<std::string> line = ordered ? verdict_.failed(e, said_by_pool)
                                              : std::optional(op.kind + " failed: " + e.text());
    if (!line)
        return;
    const bool mild = dry_run || verdict_of(e) == migrations_state::none;
    log_event event{mild ? log_level::warning : log_level::error,
                    "migration_failed",
                    std::move(*line),
                    {{"OPERATION", op.id}}};
    if (!e.sqlstate.empty())
        event.fields.emplace_back("SQLSTATE", e.sqlstate);
    if (!e.file.empty())
        event.fields.emplace_back("FILE", e.file + ":" + std::to_string(e.line));
    events_(std::move(event));
}

void migrations::conclude(operation& op, const result<migrate::outcome>& r, bool ordered) {
    operation_state state = operation_state::succeeded;
    if (!r.has_value())
        state = r.error().code == make_error_code(errc::cancelled) ? operation_state::cancelled
                                                                   : operation_state::failed;
    if (ordered)
        account(r);
    if (!op.kind.ends_with(dry_run_mark))
        counts_.reset(); // until the ledger is read again, at once
    ++concluded_;
    // Until the ledger is read again this is all that is known.
    show(verdict_.seen(r.has_value() ? r->state : before_));
    ops_.finish(op, state, end_line(r, state), wall_now());
    ended_.notify();
    if (ordered && on_ordered_end_)
        std::exchange(on_ordered_end_, nullptr)();
}

void migrations::account(const result<migrate::outcome>& r) {
    if (r.has_value()) {
        verdict_.succeeded();
        outstanding_ = false;
        retry_.settled();
        return;
    }
    const migrations_state why = verdict_of(r.error());
    outstanding_ = why != migrations_state::none;
    if (why == migrations_state::unknown)
        retry_.lost({options_.directory_poll, options_.retry_max}, clock::now());
    else
        retry_.settled();
}

// One look at the ledger, for everybody who asks while it is under way: however many they are, it
// is one connection.
struct migrations::reading {
    explicit reading(const asio::any_io_executor& executor)
        : changed(executor, asio::steady_timer::time_point::max()) {}
    asio::steady_timer changed; // never expires: cancelled at the end
    bool done = false;
    std::uint64_t concluded = 0; // operations when it began: it knows nothing of later ones
    migrate::migration_status status;
};

std::shared_ptr<migrations::reading> migrations::read() {
    if (reading_)
        return reading_;
    reading_ = std::make_shared<reading>(executor_);
    reading_->concluded = concluded_;
    auto work = [this, r = reading_]() -> asio::awaitable<void> {
        r->status = co_await runner_.status();
    };
    asio::co_spawn(executor_, std::move(work), [this, r = reading_](const std::exception_ptr& e) {
        if (reading_ == r) // a reload may have made it out of date
            reading_.reset();
        r->done = true;
        look_at(r->status);
        r->changed.cancel();
        if (e) {
            r->status.problem =
                make_error(errc::internal, error_class::bug, "reading the ledger failed");
            events_({log_level::critical, "internal_error", r->status.problem->message, {}});
        }
        if (r->concluded != concluded_)
            return;
        if (r->status.state == migrations_state::current) {
            outstanding_ = false;
            retry_.settled();
        }
        if (!ops_.running())
            show(verdict_.seen(r->status.state));
    });
    return reading_;
}

asio::awaitable<migrate::migration_status> migrations::status() {
    const std::shared_ptr<reading> r = read();
    while (!r->done) {
        co_await r->changed.async_wait(as_result);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            break; // whoever asked has gone away
    }
    co_return r->status;
}

// What a reading that began before now says may be out of date.
asio::awaitable<void> migrations::read_afresh() {
    while (reading_)
        (void)co_await status();
    (void)co_await status();
}

void migrations::refresh() {
    if (!stopping_ && !ops_.running() && monitor_.migrations().state != migrations_state::current)
        (void)read();
}

bool migrations::start_ordered() {
    deferred_ = false;
    seen_files_ = directory_fingerprint(options_.directory);
    migrate::request what;
    what.requested_by = ordered_by;
    return start(std::move(what), ordered_by).has_value();
}

bool migrations::connected() {
    if (options_.ordered && !ops_.running())
        return start_ordered();
    deferred_ = options_.ordered;
    refresh();
    return false;
}

void migrations::reloaded(migrations_options options) {
    const bool unknown = monitor_.migrations().state == migrations_state::unknown;
    if (options.ordered && (!options_.ordered || unknown))
        outstanding_ = monitor_.migrations().state != migrations_state::current;
    if (unknown && !ops_.running()) {
        ++concluded_; // what is being read may be of another directory or database
        reading_.reset();
    }
    options_ = std::move(options);
    if (!options_.ordered)
        verdict_.succeeded();
    show(monitor_.migrations().state);
    if (options_.ordered && !ops_.running() &&
        monitor_.migrations().state != migrations_state::current)
        start_ordered();
    else
        refresh();
}

asio::awaitable<void> migrations::watch_directory() {
    asio::steady_timer timer(executor_);
    for (;;) {
        timer.expires_after(options_.directory_poll);
        const auto [ec] = co_await timer.async_wait(as_result);
        if (ec || stopping_)
            co_return;
        watch_facts seen{.ordered = options_.ordered, .verdict_stands = verdict_.stands()};
        seen.running = ops_.running() != nullptr;
        seen.connected = monitor_.known(wall_now()).connected;
        const watch_step step = retry_.next(seen, clock::now());
        if (step == watch_step::upgrade ||
            (step == watch_step::compare_directory &&
             directory_fingerprint(options_.directory) != seen_files_))
            start_ordered();
    }
}

asio::awaitable<void> migrations::stop(time_point grace, time_point until) {
    stopping_ = true;
    const auto op = ops_.running();
    if (!op)
        co_return;
    while (op->state == operation_state::running && clock::now() < grace)
        co_await ended_.wait_until(grace);
    if (op->state == operation_state::running && op->cancel)
        op->cancel();
    while (op->state == operation_state::running && clock::now() < until)
        co_await ended_.wait_until(until);
}

} // namespace headspace::daemon
