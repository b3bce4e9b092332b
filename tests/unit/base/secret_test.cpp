#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <type_traits>

using namespace headspace;

TEST(secret, moving_leaves_nothing_behind) {
    secret a(std::string("hunter2"));
    secret b(std::move(a));
    EXPECT_TRUE(a.empty()); // NOLINT(bugprone-use-after-move): that is what is tested
    EXPECT_EQ(b.reveal(), "hunter2");
}

TEST(secret, wipe_overwrites_before_it_empties) {
    std::string text = "a password longer than the small string buffer";
    const char* bytes = text.data();
    const std::size_t length = text.size();
    wipe(text);
    EXPECT_TRUE(text.empty());
    for (std::size_t i = 0; i < length; ++i)
        EXPECT_EQ(bytes[i], '\0');
}

template<class T>
concept printable = requires(std::ostream& out, const T& value) {
    out << value;
};

TEST(secret, cannot_be_printed) {
    static_assert(!printable<secret>);
}
