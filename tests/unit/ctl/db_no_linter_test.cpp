// A build without HEADSPACE_LINT.
#include "unit/ctl/scripted_daemon.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace::ctl::testing;
using ::testing::HasSubstr;

TEST(db_lint_without_the_linter, says_so_and_how_to_get_it) {
    invocation i;
    i.run({"db", "lint", "-d", "/nowhere"});
    EXPECT_EQ(i.exit, 2);
    EXPECT_EQ(i.out, "");
    EXPECT_THAT(i.err, HasSubstr("built without the linter"));
    EXPECT_THAT(i.err, HasSubstr("HEADSPACE_LINT"));
}
