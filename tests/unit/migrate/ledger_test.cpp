#include "migrate/ledger.hpp"
#include "migrate/ledger_sql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using testing::HasSubstr;

namespace {

server_view without_rights() {
    server_view view;
    view.role = "app";
    view.database = "shop";
    return view;
}

} // namespace

TEST(ledger_rights, a_role_that_may_not_create_the_schema_is_given_the_exact_grant) {
    EXPECT_EQ(missing_grants(without_rights(), false),
              R"(GRANT CREATE ON DATABASE "shop" TO "app";)");
    const auto checked = check_server(without_rights(), false);
    ASSERT_TRUE(checked.has_error());
    EXPECT_EQ(checked.error().code, errc::no_ledger_rights);
    EXPECT_THAT(checked.error().hint, HasSubstr(R"(GRANT CREATE ON DATABASE "shop" TO "app";)"));
}

TEST(ledger_rights, a_schema_without_tables_needs_create_in_it) {
    auto view = without_rights();
    view.schema_exists = true;
    EXPECT_EQ(missing_grants(view, false), R"(GRANT USAGE, CREATE ON SCHEMA headspace TO "app";)");
    view.may_use_schema = view.may_create_in_schema = true;
    EXPECT_EQ(missing_grants(view, false), "");
}

TEST(ledger_rights, a_ledger_of_another_role_needs_only_what_is_done_with_it) {
    auto view = without_rights();
    view.schema_exists = view.ledger_exists = true;
    EXPECT_EQ(missing_grants(view, true),
              R"(GRANT USAGE ON SCHEMA headspace TO "app"; )"
              R"(GRANT SELECT ON ALL TABLES IN SCHEMA headspace TO "app";)");
    view.may_use_schema = view.may_read = true;
    EXPECT_EQ(missing_grants(view, true), "");
    EXPECT_EQ(
        missing_grants(view, false),
        R"(GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA headspace TO "app";)");
}

TEST(ledger_rights, reading_a_database_without_a_ledger_needs_nothing) {
    EXPECT_EQ(missing_grants(without_rights(), true), "");
}

TEST(ledger_rights, a_standby_is_refused_for_writing_and_read_for_status) {
    auto view = without_rights();
    view.may_create_schema = true;
    view.in_recovery = true;
    const auto checked = check_server(view, false);
    ASSERT_TRUE(checked.has_error());
    EXPECT_EQ(checked.error().code, errc::standby);
    EXPECT_TRUE(check_server(view, true).has_value());
}

TEST(ledger_sql, a_recorded_failure_holds_no_password) {
    planned_step step;
    step.revision = "1";
    const auto sql =
        sql::record_failure(step, {.run = "r", .requested_by = "me"},
                            make_error(errc::migration_failed, error_class::refuse,
                                       "syntax error at CREATE ROLE x PASSWORD 'canary-1'"));
    EXPECT_THAT(sql, testing::Not(HasSubstr("canary-1")));
}
