#include "sd/message.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace std::chrono_literals;

TEST(sd_message, reloading_carries_the_monotonic_time_in_the_same_datagram) {
    EXPECT_EQ(sd::reloading_message(1500ms, "Reloading"),
              "RELOADING=1\nMONOTONIC_USEC=1500000\nSTATUS=Reloading");
}

TEST(sd_message, a_status_is_one_line_whatever_the_server_said) {
    EXPECT_EQ(sd::status_message("first\nREADY=1"), "STATUS=first READY=1");
}

TEST(sd_message, extending_the_timeout_is_said_in_microseconds) {
    EXPECT_EQ(sd::extend_timeout_message(30s, "Migrating 3 of 7"),
              "EXTEND_TIMEOUT_USEC=30000000\nSTATUS=Migrating 3 of 7");
}

TEST(sd_message, a_failure_names_its_errno) {
    EXPECT_EQ(sd::failed_message("socket taken", 98), "STATUS=socket taken\nERRNO=98");
}
