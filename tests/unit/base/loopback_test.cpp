#include "base/loopback.hpp"

#include <gtest/gtest.h>

using namespace headspace;

TEST(loopback_address, names_of_this_host_are_taken) {
    EXPECT_EQ(parse_loopback("127.0.0.1:8433")->text(), "127.0.0.1:8433");
    EXPECT_EQ(parse_loopback("localhost:8433")->text(), "127.0.0.1:8433");
    EXPECT_EQ(parse_loopback("LocalHost:0")->text(), "127.0.0.1:0");
    EXPECT_EQ(parse_loopback("[::1]:80")->text(), "[::1]:80");
    EXPECT_EQ(parse_loopback("[0:0:0:0:0:0:0:1]:80")->text(), "[::1]:80");
    EXPECT_EQ(parse_loopback("127.3.2.1:65535")->text(), "127.3.2.1:65535");
}

TEST(loopback_address, anything_else_is_refused_with_the_reason) {
    for (const char* text :
         {"0.0.0.0:80", "[::]:80", "192.168.1.1:80", "10.0.0.1:80", "[::ffff:127.0.0.1]:80",
          "example.org:80", "localhost.evil.example:80", "127.1:80", "0x7f.0.0.1:80", ":80", "*:80",
          "::1:80", "[::1:80", "127.0.0.1 :80"}) {
        const auto got = parse_loopback(text);
        ASSERT_FALSE(got) << text;
        EXPECT_NE(got.error().message.find("not a loopback address"), std::string::npos) << text;
    }
    for (const char* text : {"127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                             "127.0.0.1:8 ", "127.0.0.1:0x50"})
        EXPECT_EQ(parse_loopback(text).error().message, "has no valid port") << text;
    for (const char* text : {"", "127.0.0.1", "localhost", "8433"})
        EXPECT_EQ(parse_loopback(text).error().message, "has no port") << text;
}

TEST(loopback_host, only_names_of_this_host_pass_whatever_the_port) {
    for (const char* host : {"localhost", "LOCALHOST:8433", "127.0.0.1", "127.0.0.1:1",
                             "127.0.0.2:99999", "[::1]", "[::1]:8433"})
        EXPECT_TRUE(is_loopback_host(host)) << host;
    for (const char* host : {"",
                             "evil.example",
                             "localhost.evil.example",
                             "evil.localhost",
                             "127.0.0.1.evil.example",
                             "127.0.0.1:",
                             "localhost:",
                             "localhost:80x",
                             "localhost:123456",
                             "[::1",
                             "::1",
                             "[::2]",
                             "[::1]evil",
                             "[::1]:80:80",
                             "localhost, evil.example",
                             "localhost evil",
                             "0.0.0.0",
                             "10.0.0.1",
                             "127.0.0.1@evil.example",
                             "localhost.",
                             "[::1]:",
                             "[127.0.0.1]"})
        EXPECT_FALSE(is_loopback_host(host)) << host;
}
