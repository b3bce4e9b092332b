// Against a real datagram socket, as the service manager has one.
#include "sd/listen.hpp"
#include "sd/notify.hpp"
#include "support/log_capture.hpp"
#include "support/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

using namespace headspace;
using testing::ElementsAre;

namespace {

/// The socket of a service manager that reads when it is told to.
class manager {
public:
    manager() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string name = "headspace-test-" + std::to_string(::getpid());
        std::memcpy(&address.sun_path[1], name.data(), name.size()); // abstract
        const auto length =
            static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), length) != 0)
            throw std::runtime_error("cannot bind");
        ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    }
    ~manager() {
        ::unsetenv("NOTIFY_SOCKET");
        ::close(fd_);
    }
    manager(const manager&) = delete;
    manager& operator=(const manager&) = delete;

    /// Everything that is there now.
    std::vector<std::string> read() const {
        std::vector<std::string> all;
        std::array<char, 128> buffer{};
        for (;;) {
            const auto got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (got < 0)
                return all;
            all.emplace_back(buffer.data(), static_cast<std::size_t>(got));
        }
    }

private:
    int fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

/// Sends until one has to wait.
void fill(sd::notifier& subject) {
    for (int i = 0; i < 100'000 && subject.waiting() == 0; ++i)
        subject.send("STATUS=" + std::to_string(i));
    ASSERT_EQ(subject.waiting(), 1U);
}

} // namespace

TEST(sd_notify, a_message_arrives_at_the_notify_socket) {
    const manager systemd;
    asio::io_context context;
    sd::notifier subject(context.get_executor());
    subject.send("READY=1\nSTATUS=fine");
    EXPECT_THAT(systemd.read(), ElementsAre("READY=1\nSTATUS=fine"));
}

TEST(sd_notify, without_a_service_manager_nothing_happens) {
    ::unsetenv("NOTIFY_SOCKET");
    asio::io_context context;
    sd::notifier subject(context.get_executor());
    subject.send("READY=1");
    EXPECT_EQ(subject.waiting() + subject.dropped(), 0U);
    EXPECT_FALSE(sd::watchdog_interval().has_value());
}

TEST(sd_notify, a_manager_that_does_not_read_holds_up_nobody_and_gets_the_rest_when_it_does) {
    const manager systemd;
    asio::io_context context;
    test::log_capture log;
    sd::notifier subject(context.get_executor(), log.sink());
    fill(subject);
    EXPECT_EQ(log.names(), std::vector<std::string>{"notify_waits"});
    subject.send("RELOADING=1\nMONOTONIC_USEC=1");
    subject.send("READY=1\nSTATUS=old");
    subject.send("WATCHDOG=1");
    subject.send("RELOADING=1\nMONOTONIC_USEC=2");
    subject.send("STATUS=last");
    subject.send("READY=1\nSTATUS=new");
    subject.send("STOPPING=1");
    EXPECT_EQ(subject.dropped(), 4U) << "each older one of a kind, and the watchdog's";
    context.poll();
    EXPECT_EQ(subject.waiting(), 4U);

    std::vector<std::string> late;
    ASSERT_TRUE(test::eventually([&] {
        for (std::string& message : systemd.read())
            late.push_back(std::move(message));
        context.restart();
        context.poll();
        return subject.waiting() == 0;
    }));
    for (std::string& message : systemd.read())
        late.push_back(std::move(message));
    late.erase(late.begin(), late.end() - 4);
    EXPECT_THAT(late, ElementsAre("RELOADING=1\nMONOTONIC_USEC=2", "STATUS=last",
                                  "READY=1\nSTATUS=new", "STOPPING=1"));
    EXPECT_EQ(log.count("notify_flows"), 1U);
    subject.send("WATCHDOG=1");
    EXPECT_THAT(systemd.read(), ElementsAre("WATCHDOG=1"));
}

TEST(sd_notify, a_manager_that_made_its_socket_anew_is_found_again) {
    asio::io_context context;
    auto first = std::make_unique<manager>();
    sd::notifier subject(context.get_executor());
    subject.send("READY=1");
    first.reset();
    subject.send("STATUS=lost");
    EXPECT_EQ(subject.dropped(), 1U);
    const manager second;
    subject.send("STATUS=found");
    EXPECT_THAT(second.read(), ElementsAre("STATUS=found"));
}

TEST(sd_notify, one_that_goes_while_messages_wait_leaves_nothing_behind) {
    const manager systemd;
    asio::io_context context;
    {
        sd::notifier subject(context.get_executor());
        fill(subject);
    }
    EXPECT_EQ(context.run(), 1U) << "the wait, which was ended";
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
