// The half of step_runner for transaction:false: each statement in a transaction of its own with
// its progress, and bare only what cannot run in one, recorded before and after.
#include "migrate/apply.hpp"
#include "migrate/failure.hpp"
#include "migrate/orphans.hpp"
#include "migrate/sql_text.hpp"
#include "migrate/verdict.hpp"

#include <algorithm>

namespace headspace::migrate {

namespace {

bool sets_anything(const planned_step& step) {
    const auto& all = step.section.statements;
    return std::any_of(all.begin(), all.end(), [](const auto& s) { return s.changes_session; });
}

} // namespace

std::string step_runner::done(std::uint32_t k, duration took) const {
    const std::string hash = revisions::add_to_hash(hash_, step_.section.statements[k - 1]);
    return sql::record_statement(step_, context_->who, k, hash, took);
}

asio::awaitable<result<void>> step_runner::by_statement() {
    run_context& c = *context_;
    hash_ = revisions::hash_of_first(step_.section, step_.statements_done);
    auto prepared = co_await prepare_session();
    if (prepared.has_error())
        co_return failure(0, prepared.error());
    auto begun = co_await keep_record(sql::record_begun(step_, c.who), true);
    if (begun.has_error())
        co_return failure(0, begun.error());
    const auto first = co_await settle();
    if (first.has_error())
        co_return first.error();
    next_statement next = *first;
    for (; next.k <= step_.section.statements.size(); ++next.k, next.again = false) {
        if (c.interrupted())
            co_return failure(next.k, c.interruption());
        tell(progress_kind::statement, next.k);
        const auto kind = step_.section.statements[next.k - 1].kind;
        result<void> ran;
        if (kind == revisions::statement_kind::not_in_transaction)
            ran = co_await bare(next.k, next.again);
        else
            ran = co_await in_own_transaction(next.k);
        if (ran.has_error())
            co_return ran.error();
        hash_ = revisions::add_to_hash(hash_, step_.section.statements[next.k - 1]);
    }
    auto finished = co_await keep_record(sql::record_finished(step_, c.who), true);
    if (finished.has_error())
        co_return failure(0, finished.error());
    if (!c.pooled)
        co_await c.session->execute("RESET SESSION AUTHORIZATION;RESET ROLE;RESET ALL",
                                    c.query_deadline());
    co_return result<void>{};
}

// Settings of the session, where it is ours alone; and those that the file made before it stopped,
// since the statements after them count on them.
asio::awaitable<result<void>> step_runner::prepare_session() {
    const run_context& c = *context_;
    if (c.pooled)
        co_return result<void>{};
    std::string sql =
        "SET lock_timeout = " +
        in_milliseconds(step_.section.options.lock_timeout.value_or(c.settings.lock_timeout)) +
        ";SET statement_timeout = 0";
    if (c.checks_connection)
        sql += ";SET client_connection_check_interval = " +
               in_milliseconds(c.settings.connection_check);
    sql += without_own_schema(c.view.role, false);
    for (std::uint32_t i = 0; i < step_.statements_done; ++i)
        if (step_.section.statements[i].changes_session)
            sql += ";" + step_.section.statements[i].text;
    auto set = co_await c.session->execute(std::move(sql), c.query_deadline());
    if (set.has_error())
        co_return set.error();
    co_return result<void>{};
}

asio::awaitable<result<step_runner::next_statement>> step_runner::settle() {
    run_context& c = *context_;
    const std::uint32_t k = step_.statements_done + 1;
    if (step_.statement_begun != k || k > step_.section.statements.size())
        co_return next_statement{k, false};
    if (!step_.begun_unseen)
        co_return next_statement{k, true};
    const auto known =
        co_await ask_catalogue(*c.session, step_.section.statements[k - 1], c.query_deadline());
    if (known.has_error())
        co_return failure(k, known.error());
    if (*known == verdict::undecided)
        co_return describe_undecided(step_, k);
    if (*known == verdict::again)
        co_return next_statement{k, true};
    c.warn(step_.place() + ": statement " + std::to_string(k) +
           " was begun by a run that was killed, and finished after that");
    auto kept = co_await keep_record(done(k, duration::zero()), true);
    if (kept.has_error())
        co_return failure(k, kept.error());
    hash_ = revisions::add_to_hash(hash_, step_.section.statements[k - 1]);
    co_return next_statement{k + 1, false};
}

asio::awaitable<result<void>> step_runner::in_own_transaction(std::uint32_t k) {
    run_context& c = *context_;
    while (true) {
        const time_point begun_at = clock::now();
        const auto begun = co_await begin(c.pooled);
        if (begun.has_error())
            co_return failure(k, begun.error());
        auto ran = co_await watched(step_.section.statements[k - 1].text, *begun, k);
        if (ran.has_value()) {
            // Only what is still to be written can fail from here on, and takes the statement with
            // it.
            auto kept = co_await c.session->execute(
                ledger_role() + done(k, clock::now() - begun_at), c.query_deadline());
            if (kept.has_value() && kept->affected == 1)
                ran = co_await c.session->execute("COMMIT", time_point::max());
            else
                ran = kept.has_error()
                          ? kept.error()
                          : make_error(errc::lock_busy, error_class::retry,
                                       "the ledger was changed by somebody else meanwhile");
        }
        if (ran.has_value())
            co_return result<void>{};
        co_await roll_back();
        const error why = ran.error();
        if (wants_no_transaction(why) && !c.interrupted()) {
            auto alone = co_await bare(k, false);
            co_return alone;
        }
        if (!worth_retrying(why) || c.interrupted())
            co_return failure(k, why);
        auto waited = co_await wait_to_retry(k, why);
        if (waited.has_error())
            co_return waited.error();
    }
}

asio::awaitable<result<void>> step_runner::bare(std::uint32_t k, bool again) {
    run_context& c = *context_;
    const std::size_t prefix = bare_comment(step_, c.who, k).size();
    while (true) {
        if (again) {
            auto dropped = co_await drop_what_is_left(k);
            if (dropped.has_error()) {
                const error why = dropped.error();
                if (!worth_retrying(why) || c.interrupted())
                    co_return failure(k, why);
                auto waited = co_await wait_to_retry(k, why);
                if (waited.has_error())
                    co_return waited.error();
                continue;
            }
        }
        const time_point begun_at = clock::now();
        auto marked = co_await keep_record(sql::record_bare(step_, c.who, k, c.pooled), true);
        if (marked.has_error())
            co_return failure(k, marked.error());
        auto ran = co_await run_bare(k);
        if (ran.has_value()) {
            auto kept = co_await keep_record(done(k, clock::now() - begun_at), true);
            if (kept.has_error())
                co_return failure(k, kept.error());
            co_return result<void>{};
        }
        const error why = ran.error();
        if (c.session->broken()) // nobody saw the end: the row goes on saying so
            co_return failure(k, why, prefix);
        auto cleared = co_await keep_record(sql::record_bare_failed(step_), true);
        if (cleared.has_error())
            co_return failure(k, cleared.error());
        if (!worth_retrying(why) || c.interrupted())
            co_return failure(k, why, prefix);
        auto waited = co_await wait_to_retry(k, why);
        if (waited.has_error())
            co_return waited.error();
        again = true;
    }
}

// CONCURRENTLY waits for old transactions without holding anybody up, so lock_timeout, which is
// there to protect the others, would only make it fail. What a file sets itself stays.
asio::awaitable<result<bool>> step_runner::lift_lock_timeout(std::uint32_t k) {
    const run_context& c = *context_;
    const bool patient = step_.section.statements[k - 1].concurrently &&
                         !step_.section.options.lock_timeout && !c.pooled && !sets_anything(step_);
    if (!patient)
        co_return false;
    auto set = co_await c.session->execute("SET lock_timeout = 0", c.query_deadline());
    if (set.has_error())
        co_return set.error();
    co_return true;
}

// The INVALID index of an earlier try; dropping it waits for old transactions like building it.
asio::awaitable<result<void>> step_runner::drop_what_is_left(std::uint32_t k) {
    run_context& c = *context_;
    const auto lifted = co_await lift_lock_timeout(k);
    if (lifted.has_error())
        co_return lifted.error();
    observer_->begin(c.view.backend_pid, describe(progress_kind::working, k));
    auto dropped =
        co_await drop_remains(*c.session, step_.section.statements[k - 1], c.query_deadline());
    observer_->end();
    if (dropped.has_error())
        co_return dropped.error();
    if (*dropped)
        c.warn(step_.place() + ": dropped the INVALID index that an earlier try of statement " +
               std::to_string(k) + " left");
    co_return result<void>{};
}

asio::awaitable<result<pg::query_result>> step_runner::run_bare(std::uint32_t k) {
    const run_context& c = *context_;
    const revisions::statement& statement = step_.section.statements[k - 1];
    const auto lifted = co_await lift_lock_timeout(k);
    if (lifted.has_error())
        co_return lifted.error();
    auto ran =
        co_await watched(bare_comment(step_, c.who, k) + statement.text, c.view.backend_pid, k);
    if (*lifted && !c.session->broken())
        co_await c.session->execute(
            "SET lock_timeout = " + in_milliseconds(c.settings.lock_timeout), c.query_deadline());
    co_return ran;
}

} // namespace headspace::migrate
