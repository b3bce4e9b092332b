#include "migrate/apply.hpp"

#include "migrate/failure.hpp"
#include "migrate/sql_text.hpp"

#include <algorithm>

namespace headspace::migrate {

std::string in_milliseconds(duration d) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
}

asio::awaitable<result<duration>> step_runner::run(planned_step todo, std::uint32_t index) {
    step_ = std::move(todo);
    index_ = index;
    started_ = clock::now();
    blocked_since_.reset();
    delay_.reset();
    const duration limit =
        step_.section.options.lock_timeout.value_or(context_->settings.lock_timeout);
    observer_->every(limit > duration::zero() ? std::min(limit / 2, context_->settings.lock_poll)
                                              : context_->settings.lock_poll);
    tell(progress_kind::started);
    result<void> done;
    if (step_.section.options.transaction)
        done = co_await in_transaction();
    else
        done = co_await by_statement();
    if (done.has_error()) {
        const error why = done.error();
        if (!context_->session->broken())
            co_await keep_record(sql::record_failure(step_, context_->who, why), false);
        co_return why;
    }
    const duration took = clock::now() - started_;
    const bool up = step_.what == direction::upgrade;
    tell(up ? progress_kind::applied : progress_kind::reverted);
    co_return took;
}

asio::awaitable<result<pg::query_result>> step_runner::watched(std::string sql, std::int64_t pid,
                                                               std::uint32_t k) {
    observer_->begin(pid, describe(progress_kind::working, k));
    auto ran = co_await context_->session->execute(std::move(sql), time_point::max());
    observer_->end();
    co_return ran;
}

asio::awaitable<result<std::int64_t>> step_runner::begin(bool with_settings) {
    const run_context& c = *context_;
    std::string sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
    if (with_settings) {
        sql +=
            ";SET LOCAL lock_timeout = " +
            in_milliseconds(step_.section.options.lock_timeout.value_or(c.settings.lock_timeout)) +
            ";SET LOCAL statement_timeout = 0"
            ";SET LOCAL idle_in_transaction_session_timeout = 0";
        if (c.server_at_least(170000))
            sql += ";SET LOCAL transaction_timeout = 0";
        if (c.checks_connection)
            sql += ";SET LOCAL client_connection_check_interval = " +
                   in_milliseconds(c.settings.connection_check);
        sql += without_own_schema(c.view.role, true);
    }
    // Behind a pooler every transaction may run on another backend.
    if (c.pooled)
        sql += ";SELECT pg_catalog.pg_backend_pid()";
    auto begun = co_await c.session->execute(std::move(sql), c.query_deadline());
    if (begun.has_error())
        co_return begun.error();
    if (!c.pooled)
        co_return c.view.backend_pid;
    co_return std::stoll(std::string(begun->text(0, 0)));
}

asio::awaitable<void> step_runner::roll_back() {
    if (!context_->session->broken())
        co_await context_->session->execute("ROLLBACK", context_->query_deadline());
}

std::string step_runner::ledger_role() const {
    return "SET LOCAL SESSION AUTHORIZATION DEFAULT;SET LOCAL ROLE " +
           quote_identifier(context_->view.role) + ";";
}

asio::awaitable<result<void>> step_runner::keep_record(std::string sql, bool must_change) {
    pg::session& session = *context_->session;
    auto written =
        co_await session.execute("BEGIN;" + ledger_role() + sql, context_->query_deadline());
    result<void> out;
    if (written.has_error())
        out = written.error();
    else if (must_change && written->affected != 1)
        out = make_error(errc::lock_busy, error_class::retry,
                         "the ledger was changed by somebody else while this run went on",
                         "look at headspacectl db status, then try again");
    if (out.has_error()) {
        co_await roll_back();
        co_return out;
    }
    auto kept = co_await session.execute("COMMIT", context_->query_deadline());
    if (kept.has_error())
        co_return kept.error();
    co_return out;
}

asio::awaitable<result<void>> step_runner::wait_to_retry(std::uint32_t k, error why) {
    run_context& c = *context_;
    const time_point now = clock::now();
    if (!blocked_since_) {
        blocked_since_ = now;
        delay_.emplace(c.settings.retry_initial, c.settings.retry_max);
    }
    const duration waited = now - *blocked_since_;
    if (waited >= c.settings.lock_wait)
        co_return describe_lock_timeout(step_, k, why, observer_->blocker(), now - started_);
    const std::string who =
        observer_->blocker() ? ", blocked by " + observer_->blocker()->text() : std::string();
    c.tell_waiting(step_.place() + ": " + why.message + who + "; trying again", now - started_,
                   observer_->blocker());
    const duration next = delay_->next(context_->jitter.next());
    const bool go_on =
        co_await context_->pause(std::min(next, duration(c.settings.lock_wait - waited)));
    if (!go_on)
        co_return failure(k, why);
    co_return result<void>{};
}

error step_runner::failure(std::uint32_t k, const error& why, std::size_t prefix) const {
    error e = describe_failure(step_, k, why, prefix);
    if (!context_->interrupted())
        return e;
    error stopped = context_->interruption();
    stopped.message = step_.place() + ": " + stopped.message + "; " + what_remains(step_, k);
    stopped.file = e.file;
    stopped.line = e.line;
    return stopped;
}

progress step_runner::describe(progress_kind kind, std::uint32_t k) const {
    progress p;
    p.kind = kind;
    p.step = step_.summary();
    p.index = index_;
    p.count = count_;
    p.statement = k;
    p.statements = static_cast<std::uint32_t>(step_.section.statements.size());
    p.elapsed = clock::now() - started_;
    return p;
}

void step_runner::tell(progress_kind kind, std::uint32_t k) const {
    context_->tell(describe(kind, k));
}

} // namespace headspace::migrate
