// The half of step_runner that keeps everything of a step, its ledger row included, in one
// transaction.
#include "migrate/apply.hpp"
#include "migrate/failure.hpp"

namespace headspace::migrate {

namespace {

// What a file has set would otherwise live on in the next one, and a role it has taken may not
// write the ledger.
constexpr std::string_view reset_session = "RESET SESSION AUTHORIZATION;RESET ROLE;RESET ALL;";

std::string record(const planned_step& step, const run_identity& who, duration took) {
    return step.what == direction::upgrade ? sql::record_applied(step, who, took)
                                           : sql::record_reverted(step, who, took);
}

} // namespace

asio::awaitable<result<void>> step_runner::in_transaction() {
    while (true) {
        auto tried = co_await attempt();
        if (tried.has_value())
            co_return result<void>{};
        co_await roll_back();
        const std::uint32_t k = at_;
        if (!worth_retrying(tried.error()) || context_->interrupted())
            co_return failure(k, tried.error());
        auto waited = co_await wait_to_retry(k, tried.error());
        if (waited.has_error())
            co_return waited.error();
    }
}

asio::awaitable<result<void>> step_runner::attempt() {
    pg::session& session = *context_->session;
    at_ = 0;
    const auto begun = co_await begin(true);
    if (begun.has_error())
        co_return begun.error();
    for (const revisions::statement& statement : step_.section.statements) {
        if (context_->interrupted())
            co_return context_->interruption();
        tell(progress_kind::statement, ++at_);
        auto ran = co_await watched(statement.text, *begun, at_);
        if (ran.has_error())
            co_return ran.error();
        if (session.status() != pg::transaction_status::in_transaction)
            co_return make_error(errc::internal, error_class::bug,
                                 "the statement ended the migration's transaction");
    }
    if (context_->interrupted())
        co_return context_->interruption();
    at_ = 0;
    auto kept = co_await session.execute(std::string(reset_session) +
                                             record(step_, context_->who, clock::now() - started_) +
                                             ";COMMIT",
                                         time_point::max());
    if (kept.has_error())
        co_return kept.error();
    co_return result<void>{};
}

} // namespace headspace::migrate
