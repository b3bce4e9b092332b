#include "base/runtime_folder.hpp"

#include <gtest/gtest.h>

using namespace headspace;

namespace {

std::string path(const runtime_environment& env) {
    return default_runtime_folder(env).path;
}

} // namespace

TEST(runtime_folder, a_service_takes_that_of_its_unit_so_that_instances_have_their_own) {
    EXPECT_EQ(path({.uid = 999, .service = true, .units = "/run/headspace/blue:/run/other"}),
              "/run/headspace/blue");
    EXPECT_EQ(path({.uid = 0, .service = true, .units = "/run/headspace"}), "/run/headspace");
}

TEST(runtime_folder, a_service_whose_unit_names_none_never_takes_one_in_tmp) {
    EXPECT_EQ(path({.uid = 999, .service = true}), "/run/headspace");
    EXPECT_EQ(path({.uid = 1000, .users = "/run/user/1000", .service = true}),
              "/run/user/1000/headspace");
}

TEST(runtime_folder, a_units_folder_means_nothing_to_who_was_started_by_hand) {
    EXPECT_EQ(path({.uid = 0, .units = "/run/somebody"}), "/run/headspace");
}

TEST(runtime_folder, root_by_hand_takes_the_system_one) {
    EXPECT_EQ(path({.uid = 0, .users = "/run/user/0"}), "/run/headspace");
}

TEST(runtime_folder, a_user_takes_his_own_and_without_one_a_private_one_in_tmp) {
    EXPECT_EQ(path({.uid = 1000, .users = "/run/user/1000"}), "/run/user/1000/headspace");
    EXPECT_FALSE(default_runtime_folder({.uid = 1000, .users = "/run/user/1000"}).in_tmp);
    EXPECT_EQ(path({.uid = 1000}), "/tmp/headspace-1000");
    EXPECT_TRUE(default_runtime_folder({.uid = 1000}).in_tmp);
}
