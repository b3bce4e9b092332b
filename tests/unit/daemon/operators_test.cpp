#include "daemon/operators.hpp"
#include "support/run_on.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

using namespace headspace;
using namespace headspace::daemon;
using headspace::test::run_on;
using namespace std::chrono_literals;
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

namespace {

/// A user database that answers once it is told to.
struct slow_users {
    std::shared_ptr<std::promise<void>> open = std::make_shared<std::promise<void>>();
    user_lookup find = [gate = open->get_future().share()](const std::string& name) {
        gate.wait();
        return few_users(name);
    };
};

} // namespace

TEST(operators, names_are_looked_up_at_the_start_before_anybody_is_let_in) {
    operator_lookup names(few_users);
    const operators some = names.wait({"alice", "alcie"}, own, clock::now() + 30s);
    EXPECT_TRUE(some.may_change(user(1000)));
    EXPECT_THAT(some.unknown, ElementsAre("alcie"));
    EXPECT_FALSE(some.late);
}

TEST(operators, a_user_database_that_hangs_delays_the_start_only_so_long_and_lets_nobody_in) {
    slow_users slow;
    operator_lookup names(slow.find);
    const operators some = names.wait({"alice", "1001"}, own, clock::now() + 20ms);
    EXPECT_TRUE(some.late);
    EXPECT_FALSE(some.may_change(user(1000)));
    EXPECT_TRUE(some.may_change(user(1001))) << "a number needs no lookup";
    EXPECT_THAT(some.warnings(), ElementsAre(HasSubstr("\"alice\" is still being looked up")));

    asio::io_context context;
    slow.open->set_value();
    const operators then = run_on(context, names.look_up({"alice"}, own, time_point::max()));
    EXPECT_FALSE(then.late);
    EXPECT_TRUE(then.may_change(user(1000)));
}

TEST(operators, a_reload_during_a_hang_keeps_those_that_are_known) {
    slow_users slow;
    bool hangs = false;
    operator_lookup names(
        [&](const std::string& name) { return hangs ? slow.find(name) : few_users(name); });
    asio::io_context context;
    EXPECT_FALSE(run_on(context, names.look_up({"alice"}, own, clock::now() + 30s)).late);
    hangs = true;
    const operators some =
        run_on(context, names.look_up({"alice", "bob"}, own, clock::now() + 20ms));
    EXPECT_TRUE(some.late);
    EXPECT_TRUE(some.may_change(user(1000)));
    EXPECT_THAT(some.unknown, ElementsAre("bob"));
    slow.open->set_value();
    EXPECT_FALSE(run_on(context, names.look_up({"alice", "bob"}, own, time_point::max())).late);
}

TEST(operators, numbers_ask_nobody) {
    operator_lookup names([](const std::string& name) -> std::optional<uid_t> {
        ADD_FAILURE() << name;
        return std::nullopt;
    });
    asio::io_context context;
    EXPECT_TRUE(names.wait({"1001"}, own, clock::now()).may_change(user(1001)));
    EXPECT_TRUE(run_on(context, names.look_up({"1001"}, own, clock::now())).may_change(user(1001)));
    EXPECT_TRUE(names.wait({}, own, clock::now()).everyone);
}
