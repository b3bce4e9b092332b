#include "daemon/operators.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::daemon;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

constexpr uid_t own = 990;

std::optional<uid_t> few_users(const std::string& name) {
    if (name == "alice")
        return 1000;
    return std::nullopt;
}

admin::peer user(uid_t uid) {
    return {uid, uid, 1, true};
}

} // namespace

TEST(operators, an_empty_list_lets_everyone_change_things_who_may_open_the_socket) {
    const operators all = make_operators({}, own, few_users);
    EXPECT_TRUE(all.may_change(user(4711)));
    EXPECT_THAT(all.warnings(), IsEmpty());
}

TEST(operators, root_our_own_user_and_those_named_may_change_things_and_nobody_else) {
    const operators some = make_operators({"alice", "1001"}, own, few_users);
    for (const uid_t uid : {0U, 990U, 1000U, 1001U})
        EXPECT_TRUE(some.may_change(user(uid))) << uid;
    for (const uid_t uid : {1U, 1002U, 65534U, static_cast<uid_t>(-1)})
        EXPECT_FALSE(some.may_change(user(uid))) << uid;
}

TEST(operators, a_peer_without_credentials_is_nobody_whatever_its_number_says) {
    EXPECT_FALSE(make_operators({"alice"}, own, few_users).may_change({0, 0, 1, false}));
}

TEST(operators, a_name_that_no_user_has_is_named_and_lets_nobody_in) {
    const operators some = make_operators({"alcie", "10o1", "-1", ""}, own, few_users);
    EXPECT_THAT(some.unknown, ElementsAre("alcie", "10o1", "-1", ""));
    EXPECT_THAT(some.warnings().front(), HasSubstr("there is no user \"alcie\""));
    EXPECT_FALSE(some.may_change(user(1000)));
    EXPECT_TRUE(some.may_change(user(0)));
}

TEST(operators, users_of_this_machine_are_found_by_name) {
    EXPECT_EQ(find_user("root"), uid_t{0});
    EXPECT_EQ(find_user("no-such-user-here"), std::nullopt);
}
