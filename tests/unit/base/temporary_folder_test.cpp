#include "base/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

using namespace headspace;
namespace fs = std::filesystem;

namespace {

fs::path anywhere() {
    return fs::temp_directory_path();
}

} // namespace

TEST(temporary_folder, is_ours_alone_and_goes_with_everything_in_it) {
    fs::path where;
    {
        const auto folder = temporary_folder::make(anywhere(), "hs-test-");
        ASSERT_TRUE(folder.has_value());
        where = folder->path();
        EXPECT_EQ(where.parent_path(), anywhere());
        EXPECT_TRUE(where.filename().string().starts_with("hs-test-"));
        EXPECT_EQ(fs::status(where).permissions(), fs::perms::owner_all);
        fs::create_directory(where / "in it");
        std::ofstream(where / "in it" / "file") << "text";
    }
    EXPECT_FALSE(fs::exists(where));
}

TEST(temporary_folder, one_that_was_moved_goes_once) {
    auto first = temporary_folder::make(anywhere(), "hs-test-");
    ASSERT_TRUE(first.has_value());
    const fs::path where = first->path();
    {
        const temporary_folder second(std::move(*first));
        EXPECT_EQ(second.path(), where);
        EXPECT_TRUE(fs::exists(where));
    }
    EXPECT_FALSE(fs::exists(where));
}

TEST(temporary_folder, where_the_wanted_place_is_none_the_systems_is_used) {
    const auto folder = temporary_folder::make("/no/such/folder", "hs-test-");
    ASSERT_TRUE(folder.has_value());
    EXPECT_EQ(folder->path().parent_path(), anywhere());
}

TEST(temporary_folder, two_are_never_the_same_and_a_failure_names_the_place) {
    const auto one = temporary_folder::make(anywhere(), "hs-test-");
    const auto two = temporary_folder::make(anywhere(), "hs-test-");
    ASSERT_TRUE(one.has_value() && two.has_value());
    EXPECT_NE(one->path(), two->path());
    const auto none = make_temporary_folder("/no/such/folder", "hs-test-");
    ASSERT_TRUE(none.has_error());
    EXPECT_EQ(none.error().code, errc::io_failed);
    EXPECT_NE(none.error().message.find("/no/such/folder: No such file"), std::string::npos);
}
