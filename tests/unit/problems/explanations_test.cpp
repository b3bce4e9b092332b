// Every code and every SQLSTATE that Headspace decides by can be explained.
#include "problems/explanations.hpp"
#include "problems/login_advice.hpp"
#include "problems/sqlstates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>

using namespace headspace;
using namespace headspace::problems;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace {

// What the catalogue of faults can make a server, or headspaced, say.
constexpr auto fault_catalogue = std::to_array<std::string_view>(
    {"08001", "08006", "08P01", "22023", "25001", "25006", "25P02", "25P03", "28000",
     "28P01", "2D000", "3D000", "40001", "40P01", "42501", "42704", "53100", "53200",
     "53300", "53400", "55000", "55P03", "57014", "57P01", "57P02", "57P03", "57P05"});

const login_circumstances through_socket{"app", "shop", "", "prefer", "", true, false};

std::string hint_of(std::string_view state, login_circumstances seen, std::string routine) {
    seen.routine = std::move(routine);
    return advise_login(state, seen).hint;
}

} // namespace

TEST(explanations, every_code_of_the_catalogue_has_one) {
    for (const entry& code : catalogue()) {
        const auto found = explain(code.name);
        ASSERT_TRUE(found) << code.name;
        EXPECT_EQ(found->kind, explained_kind::problem);
        EXPECT_EQ(found->name, code.name);
        EXPECT_EQ(found->title, code.title);
        EXPECT_EQ(found->exit, code.exit);
        EXPECT_FALSE(found->meaning.empty()) << code.name;
        EXPECT_FALSE(found->causes.empty()) << code.name;
        EXPECT_FALSE(found->fixes.empty()) << code.name;
    }
}

TEST(explanations, none_is_about_a_code_that_does_not_exist_and_none_is_there_twice) {
    std::set<std::string_view> names;
    for (const auto rows : {service_explanations(), migration_explanations()})
        for (const explanation& row : rows) {
            EXPECT_NE(find(row.name), nullptr) << row.name;
            EXPECT_TRUE(names.insert(row.name).second) << row.name;
        }
    for (const explanation& row : sqlstate_explanations())
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
}

TEST(explanations, every_sqlstate_that_something_is_decided_by_has_one) {
    for (const std::string_view state : classified_states()) {
        const auto found = explain(state);
        ASSERT_TRUE(found) << state;
        EXPECT_EQ(found->name, state) << "a row of its own";
        EXPECT_FALSE(found->fixes.empty()) << state;
    }
}

TEST(explanations, every_sqlstate_of_the_fault_catalogue_has_a_row_of_its_own) {
    for (const std::string_view state : fault_catalogue) {
        const auto found = explain(state);
        ASSERT_TRUE(found) << state;
        EXPECT_EQ(found->name, state);
        EXPECT_FALSE(found->title.empty()) << state;
        EXPECT_FALSE(found->meaning.empty()) << state;
        EXPECT_FALSE(found->causes.empty()) << state;
        EXPECT_NE(found->exit, exit_ok) << state;
    }
}

TEST(explanations, every_sqlstate_that_has_a_hint_of_its_own_has_one) {
    for (const login_row& row : login_rows()) {
        const auto found = explain(row.state);
        ASSERT_TRUE(found) << row.state;
        EXPECT_THAT(found->fixes, Contains(HasSubstr(general_hint(row.hint)))) << row.state;
    }
}

TEST(explanations, what_heals_by_itself_says_so) {
    for (const std::string_view state : fault_catalogue) {
        const bool retried = classify_connect(state) == error_class::retry;
        EXPECT_TRUE(!retried || !explain(state)->heals.empty()) << state;
    }
    EXPECT_EQ(explain("config-invalid")->heals, "");
}

TEST(explanations, a_name_is_found_in_either_case_and_a_state_without_a_row_by_its_class) {
    EXPECT_EQ(explain("28p01")->name, "28P01");
    EXPECT_EQ(explain("Lock-Timeout")->name, "lock-timeout");
    EXPECT_EQ(explain("53999")->name, "53");
    EXPECT_EQ(explain("57P09")->name, "57P");
    EXPECT_EQ(explain("57P09")->kind, explained_kind::sqlstate_class);
    EXPECT_FALSE(explain("99999"));
    EXPECT_FALSE(explain("nonsense"));
    EXPECT_FALSE(explain(""));
}

TEST(explanations, a_misspelt_name_is_recognised) {
    EXPECT_EQ(nearest_explained("lock-timout"), "lock-timeout");
    EXPECT_EQ(nearest_explained("28PO1"), "28P01");
    EXPECT_EQ(nearest_explained("nothing like it at all"), "");
}

TEST(login_advice, a_role_that_does_not_exist_is_to_be_created_however_one_comes) {
    for (const bool socket : {true, false}) {
        login_circumstances seen = through_socket;
        seen.socket = socket;
        const std::string hint = hint_of("28000", seen, "InitializeSessionUserId");
        EXPECT_THAT(hint, HasSubstr("CREATE ROLE \"app\" LOGIN"));
        EXPECT_THAT(hint, Not(HasSubstr("sslmode")));
        EXPECT_THAT(hint, Not(HasSubstr("pg_hba")));
    }
}

TEST(login_advice, through_a_unix_socket_nobody_is_sent_to_sslmode) {
    for (const char* routine : {"", "ClientAuthentication", "auth_failed"})
        EXPECT_THAT(hint_of("28000", through_socket, routine), Not(HasSubstr("sslmode")));
    EXPECT_THAT(hint_of("28000", through_socket, "auth_failed"), HasSubstr("database.user"));
    EXPECT_THAT(hint_of("28000", through_socket, "ClientAuthentication"),
                HasSubstr("local shop app"));
}

TEST(login_advice, over_tcp_without_tls_the_server_may_want_tls) {
    login_circumstances seen = through_socket;
    seen.socket = false;
    EXPECT_THAT(hint_of("28000", seen, "ClientAuthentication"), HasSubstr("sslmode=require"));
    seen.encrypted = true;
    EXPECT_THAT(hint_of("28000", seen, "ClientAuthentication"), Not(HasSubstr("sslmode")));
}

TEST(login_advice, a_state_that_nobody_knows_points_to_the_servers_log) {
    EXPECT_EQ(advise_login("12345", through_socket).hint, "the server's log says more");
}

TEST(login_advice, hints_name_the_role_and_the_database) {
    EXPECT_EQ(advise_login("3D000", through_socket).hint, "createdb -O app shop");
    EXPECT_EQ(advise_login("28P01", through_socket).what, "Password rejected for user \"app\"");
    EXPECT_THAT(advise_login("28P01", through_socket).hint, HasSubstr("no password is configured"));
    EXPECT_EQ(general_hint("createdb -O {user} {database}"), "createdb -O USER DATABASE");
}
