// The other end of sd_notify(3): a datagram socket that NOTIFY_SOCKET names while this object
// lives.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace headspace::test {

class notify_socket {
public:
    notify_socket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        static std::atomic<int> count{0};
        const std::string name =
            "headspace-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(&address.sun_path[1], name.data(), name.size()); // abstract: no file is left
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        if (fd_ < 0 || ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0)
            throw std::runtime_error("cannot make a notify socket");
        ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    }
    ~notify_socket() {
        ::unsetenv("NOTIFY_SOCKET");
        ::close(fd_);
        if (received_ >= 0)
            ::close(received_);
    }
    notify_socket(const notify_socket&) = delete;
    notify_socket& operator=(const notify_socket&) = delete;

    /// The oldest datagram that was not taken yet.
    std::optional<std::string> take() {
        std::array<char, 4096> text{};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(64)> control{};
        iovec part{text.data(), text.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t count = ::recvmsg(fd_, &message, MSG_CMSG_CLOEXEC);
        if (count < 0)
            return std::nullopt;
        for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c))
            if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
                std::memcpy(&received_, CMSG_DATA(c), sizeof received_);
        return std::string(text.data(), static_cast<std::size_t>(count));
    }

    /// The descriptor that came last with a datagram; -1: none did.
    [[nodiscard]] int received() const noexcept { return received_; }

private:
    int fd_;
    int received_ = -1;
};

} // namespace headspace::test
