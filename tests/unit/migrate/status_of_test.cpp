#include "migrate/status_of.hpp"
#include "unit/migrate/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using headspace::test::directory_of;
using headspace::test::ledger_of;
using headspace::test::simple;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using state = health::migrations_state;

namespace {

const auto two = directory_of({simple("1"), simple("2")});

migration_status of(const result<revisions::directory>& files, const result<ledger_state>& ledger) {
    return status_of("/srv/migrations", files, ledger, false);
}

error failure(errc code) {
    return make_error(code, error_class::refuse, "because");
}

} // namespace

TEST(status_of, everything_applied_is_current) {
    const auto s = of(two, ledger_of(two, {"1", "2"}));
    EXPECT_EQ(s.state, state::current);
    EXPECT_THAT(s.current, ElementsAre("2"));
    EXPECT_THAT(s.heads, ElementsAre("2"));
    EXPECT_THAT(s.pending, IsEmpty());
    EXPECT_EQ(s.history.size(), 2U);
    EXPECT_EQ(s.history[1].file, "2_r.sql");
}

TEST(status_of, a_database_without_a_ledger_has_everything_pending) {
    const auto s = of(two, ledger_state{});
    EXPECT_EQ(s.state, state::pending);
    EXPECT_THAT(s.current, IsEmpty());
    ASSERT_EQ(s.pending.size(), 2U);
    EXPECT_EQ(s.pending[0].message, "message of 1");
}

TEST(status_of, no_directory_is_none_but_the_history_shows) {
    const auto s = of(failure(errc::no_migrations_directory), ledger_of(two, {"1"}));
    EXPECT_EQ(s.state, state::none);
    EXPECT_THAT(s.current, ElementsAre("1"));
}

TEST(status_of, a_database_that_cannot_be_asked_is_unknown_but_the_heads_show) {
    const auto s = of(two, failure(errc::database_unavailable));
    EXPECT_EQ(s.state, state::unknown);
    EXPECT_THAT(s.heads, ElementsAre("2"));
    EXPECT_TRUE(s.problem.has_value());
}

TEST(status_of, an_edited_file_is_refused_although_nothing_is_pending) {
    auto ledger = ledger_of(two, {"1", "2"});
    ledger.rows[0].checksum = "another";
    const auto s = of(two, ledger);
    EXPECT_EQ(s.state, state::refused);
    EXPECT_EQ(s.problem->code, errc::edited_revision);
}

TEST(status_of, several_heads_are_refused_only_while_something_is_pending) {
    const auto forked = directory_of({simple("1"), simple("2", "-- headspace:parent 1\n"),
                                      simple("3", "-- headspace:parent 1\n")});
    EXPECT_EQ(of(forked, ledger_of(forked, {"1", "2"})).state, state::refused);
    EXPECT_EQ(of(forked, ledger_of(forked, {"1", "2", "3"})).state, state::current);
}

TEST(status_of, a_half_applied_revision_is_pending_and_named) {
    auto ledger = ledger_of(two, {"1", "2"});
    ledger.rows[1].state = row_state::partial;
    ledger.rows[1].statements_done = 0;
    const auto s = of(two, ledger);
    EXPECT_EQ(s.state, state::pending);
    EXPECT_THAT(s.current, ElementsAre("1"));
    EXPECT_THAT(s.warnings, ElementsAre(HasSubstr("revision 2 is half applied (0 of 1")));
}

TEST(status_of, an_applied_revision_without_a_file_is_a_warning) {
    const auto one = directory_of({simple("1")});
    const auto s = of(one, ledger_of(two, {"1", "2"}));
    EXPECT_EQ(s.state, state::current);
    EXPECT_THAT(s.warnings, ElementsAre(HasSubstr("revision 2 is applied but has no file")));
}
