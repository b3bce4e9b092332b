// Against a real datagram socket, as the service manager has one.
#include "sd/listen.hpp"
#include "sd/notify.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace headspace;

TEST(sd_notify, a_message_arrives_at_the_notify_socket) {
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ASSERT_GE(fd, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = "headspace-test-" + std::to_string(::getpid());
    std::memcpy(&address.sun_path[1], name.data(), name.size()); // abstract: nothing to clean up
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
    ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    sd::notify("READY=1\nSTATUS=fine");
    ::unsetenv("NOTIFY_SOCKET");
    std::array<char, 128> buffer{};
    const auto got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    ASSERT_GT(got, 0);
    EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(got)), "READY=1\nSTATUS=fine");
    ::close(fd);
}

TEST(sd_notify, without_a_service_manager_nothing_happens) {
    ::unsetenv("NOTIFY_SOCKET");
    sd::notify("READY=1");
    EXPECT_FALSE(sd::watchdog_interval().has_value());
}

TEST(sd_notify, the_watchdog_of_another_process_is_not_ours) {
    ::setenv("WATCHDOG_USEC", "3000000", 1);
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_FALSE(sd::watchdog_interval().has_value());
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    EXPECT_EQ(sd::watchdog_interval(), std::optional<duration>(std::chrono::seconds(3)));
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
}

TEST(sd_listen, without_passed_sockets_there_is_none_and_no_error) {
    ::unsetenv("LISTEN_FDS");
    const auto taken = sd::take_passed();
    ASSERT_TRUE(taken.has_value());
    EXPECT_FALSE(taken->admin_socket.has_value());
    EXPECT_FALSE(taken->kept.has_value());
}
