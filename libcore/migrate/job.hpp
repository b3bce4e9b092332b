// One run from its first look to its last row: plan, lock, plan again, steps. Internal to migrate.
#pragma once

#include "migrate/adopt_rows.hpp"
#include "migrate/lock.hpp"
#include "migrate/observer.hpp"
#include "migrate/plan.hpp"
#include "migrate/run_context.hpp"
#include "migrate/runner.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace headspace::migrate {

class job {
public:
    job(std::shared_ptr<run_context> context, request what);

    asio::awaitable<result<outcome>> run();

private:
    asio::awaitable<result<outcome>> go();
    asio::awaitable<result<void>> connect();
    asio::awaitable<result<void>> prepare_connection();
    asio::awaitable<result<void>> look();
    result<void> make_plan_now();
    void tell_plan();
    void warn_of_destruction();
    asio::awaitable<result<void>> enter();
    asio::awaitable<result<outcome>> take_steps();
    asio::awaitable<result<void>> read_edited_texts();
    asio::awaitable<result<outcome>> rewrite_ledger();
    [[nodiscard]] outcome finished(std::vector<completed_step> done);
    void account(const planned_step& step);

    std::shared_ptr<run_context> context_;
    request request_;
    std::optional<revisions::directory> files_;
    std::optional<error> no_directory_; // of an adoption, whose answer may need none
    ledger_state ledger_;
    std::optional<adopted> adopted_; // of direction::adopt
    plan plan_;
    std::vector<std::string> told_plan_;     // the revisions that were told
    std::vector<std::string> told_warnings_; // so that planning again repeats nothing
    migration_lock lock_;
    std::shared_ptr<observer> observer_;
};

} // namespace headspace::migrate
