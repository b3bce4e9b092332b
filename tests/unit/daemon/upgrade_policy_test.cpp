#include "daemon/upgrade_policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

using namespace headspace;
using daemon::upgrade_verdict;
using health::migrations_state;

namespace {

error problem(errc code, std::string message = "reason") {
    return make_error(code, error_class::refuse, std::move(message));
}

} // namespace

TEST(upgrade_policy, each_kind_of_end_has_its_word) {
    EXPECT_EQ(daemon::verdict_of(problem(errc::migration_failed)), migrations_state::failed);
    EXPECT_EQ(daemon::verdict_of(problem(errc::lock_timeout)), migrations_state::failed);
    for (const errc code :
         {errc::destructive, errc::edited_revision, errc::several_heads, errc::out_of_order})
        EXPECT_EQ(daemon::verdict_of(problem(code)), migrations_state::refused);
    EXPECT_EQ(daemon::verdict_of(problem(errc::lock_busy)), migrations_state::waiting);
    EXPECT_EQ(daemon::verdict_of(problem(errc::no_migrations_directory)), migrations_state::none);
    EXPECT_EQ(daemon::verdict_of(problem(errc::database_unavailable)), migrations_state::unknown);
}

TEST(upgrade_policy, the_line_is_the_specified_one_and_is_said_once_per_cause) {
    upgrade_verdict verdict;
    EXPECT_EQ(verdict.failed(problem(errc::migration_failed, "0001_x.sql:3: boom")),
              "Database initialization failed: 0001_x.sql:3: boom. Persistence features will be "
              "unavailable.");
    EXPECT_EQ(verdict.failed(problem(errc::migration_failed, "0001_x.sql:3: boom")), std::nullopt);
    EXPECT_TRUE(verdict.failed(problem(errc::migration_failed, "0001_x.sql:4: other")).has_value());
}

TEST(upgrade_policy, a_missing_directory_is_no_failure_of_the_database) {
    upgrade_verdict verdict;
    EXPECT_EQ(verdict.failed(problem(errc::no_migrations_directory, "no folder")), "no folder");
}

TEST(upgrade_policy, a_verdict_stands_until_the_ledger_is_current) {
    upgrade_verdict verdict;
    (void)verdict.failed(problem(errc::migration_failed));
    EXPECT_EQ(verdict.seen(migrations_state::pending), migrations_state::failed);
    EXPECT_EQ(verdict.seen(migrations_state::current), migrations_state::current);
    EXPECT_EQ(verdict.seen(migrations_state::pending), migrations_state::pending);
}

TEST(upgrade_policy, an_outage_leaves_no_verdict_behind) {
    upgrade_verdict verdict;
    EXPECT_EQ(verdict.failed(problem(errc::connection_lost)), std::nullopt);
    EXPECT_FALSE(verdict.stands());
}

TEST(upgrade_policy, a_connection_that_only_migrations_lack_is_a_failure_of_its_own) {
    upgrade_verdict verdict;
    EXPECT_EQ(verdict.failed(problem(errc::database_unavailable, "wrong password"), false),
              "Database initialization failed: wrong password. Persistence features will be "
              "unavailable.");
    EXPECT_EQ(verdict.seen(migrations_state::unknown), migrations_state::failed);
}

TEST(run_outcome, is_one_of_a_few_words) {
    EXPECT_EQ(daemon::run_outcome(nullptr), "succeeded");
    const std::pair<errc, std::string_view> expected[] = {
        {errc::migration_failed, "failed"},    {errc::several_heads, "refused"},
        {errc::unknown_revision, "refused"},   {errc::no_migrations_directory, "refused"},
        {errc::lock_busy, "waiting"},          {errc::cancelled, "cancelled"},
        {errc::connection_lost, "unavailable"}};
    for (const auto& [code, word] : expected) {
        const error e = problem(code);
        EXPECT_EQ(daemon::run_outcome(&e), word);
        EXPECT_NE(std::find(daemon::run_outcomes.begin(), daemon::run_outcomes.end(), word),
                  daemon::run_outcomes.end());
    }
}
