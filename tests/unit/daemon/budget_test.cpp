#include "daemon/budget.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using daemon::budget_event;

TEST(budget, a_pool_that_fits_is_said_at_info) {
    const log_event event = budget_event({100, 3, 12, 2}, 10);
    EXPECT_EQ(event.level, log_level::info);
    EXPECT_EQ(event.message, "pool_size 10, the server has 87 of 100 connections free for us "
                             "(3 reserved, 10 in use by others)");
}

TEST(budget, a_pool_that_cannot_fit_is_a_warning_with_what_to_do) {
    const log_event event = budget_event({20, 3, 15, 1}, 10);
    EXPECT_EQ(event.level, log_level::warning);
    EXPECT_NE(event.message.find("lower database.pool_size"), std::string::npos);
    EXPECT_NE(event.message.find("has 3 of 20"), std::string::npos);
}

TEST(budget, numbers_that_make_no_sense_do_not_wrap_around) {
    EXPECT_NE(budget_event({5, 10, 20, 0}, 1).message.find("has 0 of 5"), std::string::npos);
}

TEST(budget, an_answer_of_another_shape_is_an_error) {
    pg::query_result row;
    EXPECT_FALSE(daemon::parse_budget(row).has_value());
    row.rows = {{"100", "3", "12", "1"}};
    EXPECT_EQ(daemon::parse_budget(row)->in_use, 12U);
    row.rows = {{"100", "x", "12", "1"}};
    EXPECT_FALSE(daemon::parse_budget(row).has_value());
}
