// Runs one planned step on the migrating connection: as one transaction with its ledger row, or
// statement by statement where the file says transaction:false.
#pragma once

#include "base/backoff.hpp"
#include "migrate/observer.hpp"
#include "migrate/run_context.hpp"

#include <memory>
#include <optional>

namespace headspace::migrate {

class step_runner {
public:
    step_runner(std::shared_ptr<run_context> context, std::shared_ptr<observer> watcher,
                std::uint32_t count)
        : context_(std::move(context)), observer_(std::move(watcher)), count_(count) {}

    /// `index` of `count` steps, from 1. Tells `started`, each `statement`, and `applied` or
    /// `reverted`. After an error nothing of the step remains, or the ledger says how far a
    /// transaction:false half came.
    asio::awaitable<result<duration>> run(planned_step step, std::uint32_t index);

private:
    // apply_transaction.cpp
    asio::awaitable<result<void>> in_transaction();
    asio::awaitable<result<void>> attempt();

    // apply_statements.cpp
    struct next_statement {
        std::uint32_t k = 1;
        bool again = false; // an earlier try may have left remains
    };
    asio::awaitable<result<void>> by_statement();
    asio::awaitable<result<void>> prepare_session();
    asio::awaitable<result<next_statement>> settle();
    asio::awaitable<result<void>> in_own_transaction(std::uint32_t k);
    asio::awaitable<result<void>> bare(std::uint32_t k, bool again);
    asio::awaitable<result<pg::query_result>> run_bare(std::uint32_t k);
    asio::awaitable<result<void>> drop_what_is_left(std::uint32_t k);
    /// True where it was set to 0 for statement `k`.
    asio::awaitable<result<bool>> lift_lock_timeout(std::uint32_t k);

    // apply.cpp
    asio::awaitable<result<pg::query_result>> watched(std::string sql, std::int64_t pid,
                                                      std::uint32_t k);
    asio::awaitable<result<std::int64_t>> begin(bool with_settings);
    asio::awaitable<void> roll_back();
    /// The row that says statement `k` is done.
    [[nodiscard]] std::string done(std::uint32_t k, duration took) const;
    /// A ledger row in a transaction of its own, whatever role and settings the file has chosen.
    /// `must_change`: zero rows are an error, for then another run was here.
    asio::awaitable<result<void>> keep_record(std::string sql, bool must_change);
    /// Waits before the transaction is tried again; the error when it must not be.
    asio::awaitable<result<void>> wait_to_retry(std::uint32_t k, error why);
    error failure(std::uint32_t k, const error& why, std::size_t prefix = 0) const;
    [[nodiscard]] std::string ledger_role() const;
    [[nodiscard]] progress describe(progress_kind kind, std::uint32_t k) const;
    void tell(progress_kind kind, std::uint32_t k = 0) const;

    std::shared_ptr<run_context> context_;
    std::shared_ptr<observer> observer_;
    planned_step step_;
    std::string hash_; // of the statements of a transaction:false half that are done
    std::uint32_t count_;
    std::uint32_t index_ = 0;
    std::uint32_t at_ = 0; // the statement of the transaction that runs, from 1; 0: none
    time_point started_;
    std::optional<time_point> blocked_since_;
    std::optional<backoff> delay_;
};

/// "1500" for 1.5 s: the unit of the server's timeouts.
std::string in_milliseconds(duration d);

} // namespace headspace::migrate
