#include "sd/kept_text.hpp"
#include "sd/listen.hpp"
#include "support/notify_socket.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

using namespace headspace;

TEST(sd_kept_text, what_was_written_is_there_for_who_gets_the_descriptor_from_the_store) {
    test::notify_socket manager;
    sd::kept_text first(std::nullopt);
    EXPECT_EQ(manager.take(), "FDSTORE=1\nFDNAME=headspaced");
    ASSERT_GE(manager.received(), 0);
    EXPECT_EQ(first.read(), "");
    first.write("a longer text");
    first.write("a text");

    const sd::kept_text next(::dup(manager.received()));
    EXPECT_EQ(next.read(), "a text");
    EXPECT_EQ(manager.take(), std::nullopt) << "what is in the store is not stored again";
}

TEST(sd_kept_text, an_orderly_end_takes_it_out_of_the_store) {
    test::notify_socket manager;
    sd::kept_text text(std::nullopt);
    EXPECT_TRUE(manager.take());
    text.forget();
    EXPECT_EQ(manager.take(), "FDSTOREREMOVE=1\nFDNAME=headspaced");
    text.write("too late");
    EXPECT_EQ(text.read(), "");
}

TEST(sd_kept_text, without_a_service_manager_nothing_is_kept) {
    ::unsetenv("NOTIFY_SOCKET");
    sd::kept_text text(std::nullopt);
    text.write("something");
    EXPECT_EQ(text.read(), "");
    text.forget();
}
