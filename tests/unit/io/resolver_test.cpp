#include "io/resolver.hpp"
#include "support/run_on.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>

using namespace headspace;
using namespace std::chrono_literals;
using testing::ElementsAre;

namespace {

using answer = result<std::vector<std::string>>;

/// A name service that a test can hold back; shared, because a lookup may outlive the test.
struct name_service {
    std::mutex mutex;
    std::condition_variable changed;
    answer next = std::vector<std::string>{"10.0.0.1"};
    bool hangs = false;
    int asked = 0;

    answer look_up() {
        std::unique_lock lock(mutex);
        ++asked;
        changed.wait(lock, [&] { return !hangs; });
        return next;
    }
    void set(answer what, bool hang) {
        const std::lock_guard lock(mutex);
        next = std::move(what);
        hangs = hang;
        changed.notify_all();
    }
};

class resolver : public testing::Test {
protected:
    asio::io_context context;
    std::shared_ptr<name_service> names = std::make_shared<name_service>();
    io::resolver under_test{2, [n = names](const std::string&) {
                                return n->look_up();
                            }};

    result<io::addresses> resolve(const std::string& name, time_point until = clock::now() + 1min) {
        return test::run_on(context, under_test.resolve(name, until));
    }
    ~resolver() override { names->set(std::vector<std::string>{"10.0.0.1"}, false); }
};

error failure(errc code) {
    return make_error(code, error_class::retry, "no luck");
}

} // namespace

TEST_F(resolver, a_numeric_address_is_its_own_answer) {
    for (const char* address : {"127.0.0.1", "::1", "fe80::1%lo"})
        EXPECT_THAT(resolve(address).value().list, ElementsAre(address));
    EXPECT_EQ(names->asked, 0);
}

TEST_F(resolver, a_name_is_looked_up_each_time) {
    EXPECT_THAT(resolve("db").value().list, ElementsAre("10.0.0.1"));
    names->set(std::vector<std::string>{"10.0.0.2", "10.0.0.3"}, false);
    const auto second = resolve("db").value();
    EXPECT_THAT(second.list, ElementsAre("10.0.0.2", "10.0.0.3"));
    EXPECT_FALSE(second.stale);
}

TEST_F(resolver, the_last_answer_is_kept_for_when_the_service_fails) {
    resolve("db");
    names->set(failure(errc::io_failed), false);
    const auto outcome = resolve("db").value();
    EXPECT_THAT(outcome.list, ElementsAre("10.0.0.1"));
    EXPECT_TRUE(outcome.stale);
}

TEST_F(resolver, a_name_that_is_gone_takes_its_last_answer_along) {
    resolve("db");
    names->set(failure(errc::not_found), false);
    EXPECT_FALSE(resolve("db"));
    names->set(failure(errc::io_failed), false);
    const auto outcome = resolve("db");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().message, "cannot resolve \"db\": no luck");
    EXPECT_EQ(outcome.error().kind, error_class::retry);
}

TEST_F(resolver, a_lookup_that_hangs_is_left_and_later_ones_do_not_wait_for_it_again) {
    resolve("db");
    names->set(std::vector<std::string>{"10.0.0.9"}, true);
    EXPECT_TRUE(resolve("db", clock::now() + 20ms).value().stale);
    const auto begin = clock::now();
    EXPECT_TRUE(resolve("db", clock::now() + 1h).value().stale);
    EXPECT_LT(clock::now() - begin, 10s);
    EXPECT_EQ(names->asked, 2) << "one lookup of a name at a time";
}

TEST_F(resolver, a_lookup_that_hangs_without_an_earlier_answer_is_an_error) {
    names->set(std::vector<std::string>{"10.0.0.9"}, true);
    const auto outcome = resolve("db", time_point::min());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, make_error_code(errc::timed_out));
    EXPECT_EQ(outcome.error().message, "cannot resolve \"db\": the resolver does not answer");
}

TEST(resolver_of_the_system, localhost_has_an_address) {
    const auto found = io::resolver::system_lookup()("localhost");
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->empty());
}
