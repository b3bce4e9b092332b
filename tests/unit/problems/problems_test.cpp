#include "problems/problems.hpp"

#include <gtest/gtest.h>

#include <set>

using namespace headspace;

TEST(problems, every_code_has_exactly_one_row_and_one_name) {
    std::set<int> codes;
    std::set<std::string_view> names;
    for (const auto& row : problems::catalogue()) {
        EXPECT_TRUE(codes.insert(static_cast<int>(row.code)).second) << row.name;
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_FALSE(row.title.empty()) << row.name;
        EXPECT_GE(row.http_status, 400) << row.name;
        EXPECT_NE(row.exit, problems::exit_ok) << row.name;
    }
    // conflict_here is the last enumerator: a new one without a row makes this fail.
    EXPECT_EQ(codes.size(), static_cast<std::size_t>(errc::conflict_here));
}

TEST(problems, a_code_is_found_by_value_and_by_name) {
    EXPECT_EQ(problems::find(make_error_code(errc::lock_busy)).name, "migration-locked");
    EXPECT_EQ(problems::find("migration-locked")->code, errc::lock_busy);
    EXPECT_EQ(problems::find("no-such-code"), nullptr);
}

TEST(problems, a_foreign_error_code_is_an_internal_one) {
    EXPECT_EQ(problems::find(boost::system::error_code(2, boost::system::generic_category())).name,
              "internal");
}
