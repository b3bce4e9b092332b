#include "admin/socket_path.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::admin;

namespace {

socket_environment user(std::string runtime = {}) {
    return {1000, std::move(runtime)};
}

std::vector<std::string> paths(const socket_wishes& wishes, const socket_environment& env) {
    std::vector<std::string> out;
    for (const socket_place& place : client_sockets(wishes, env).value())
        out.push_back(place.path);
    return out;
}

using list = std::vector<std::string>;

} // namespace

TEST(client_sockets, the_first_wish_is_final) {
    socket_wishes wishes{"/s", "/e", "blue", "/c"};
    EXPECT_EQ(paths(wishes, user()), (list{"/s"}));
    wishes.socket.clear();
    EXPECT_EQ(paths(wishes, user()), (list{"/e"}));
    wishes.environment_socket.clear();
    EXPECT_EQ(paths(wishes, user()), (list{"/run/headspace/blue/admin.sock"}));
    wishes.instance.clear();
    EXPECT_EQ(paths(wishes, user()), (list{"/c"}));
}

TEST(client_sockets, without_a_wish_the_users_own_comes_before_the_system_one) {
    EXPECT_EQ(paths({}, user("/run/user/1000")),
              (list{"/run/user/1000/headspace/admin.sock", "/run/headspace/admin.sock"}));
    EXPECT_EQ(paths({}, user()),
              (list{"/tmp/headspace-1000/admin.sock", "/run/headspace/admin.sock"}));
    EXPECT_EQ(paths({}, {0, {}}), (list{"/run/headspace/admin.sock"}));
}

TEST(client_sockets, an_instance_cannot_lead_out_of_its_folder) {
    for (const char* name : {"..", ".", "a/b", "../x", "a b"})
        EXPECT_FALSE(client_sockets({{}, {}, name, {}}, user())) << name;
}
