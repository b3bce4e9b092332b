#include "sd/notify.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <new>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace headspace::sd {

namespace {

using protocol = asio::local::datagram_protocol;

enum class fate { sent, no_room, failed };

std::optional<protocol::endpoint> manager_of(const char* variable) {
    std::string path = variable != nullptr ? variable : "";
    if (path.size() < 2 || path.size() > 107 || (path[0] != '/' && path[0] != '@'))
        return std::nullopt;
    if (path[0] == '@')
        path[0] = '\0'; // an abstract one
    return protocol::endpoint(path);
}

std::string_view first_word(std::string_view message) {
    return message.substr(0, message.find('='));
}

} // namespace

struct notifier::state : std::enable_shared_from_this<state> {
    state(const asio::any_io_executor& executor, event_sink sink)
        : socket(executor), manager(manager_of(std::getenv("NOTIFY_SOCKET"))),
          events(std::move(sink)) {}

    protocol::socket socket;
    std::optional<protocol::endpoint> manager;
    std::deque<std::string> waiting;
    std::uint64_t dropped = 0;
    event_sink events;

    void say(std::string name, std::string message) {
        if (events)
            events({log_level::info, std::move(name), std::move(message), {}});
    }

    bool connect() {
        if (socket.is_open())
            return true;
        error_code ec;
        socket.open(protocol(), ec);
        if (!ec)
            socket.non_blocking(true, ec);
        if (!ec)
            socket.connect(*manager, ec);
        if (ec)
            close();
        return !ec;
    }

    void close() {
        error_code ignored;
        socket.close(ignored);
    }

    fate try_to_send(const std::string& message) {
        // Twice: a manager that made its socket anew is found at the second try.
        for (int attempt = 0; attempt < 2 && connect(); ++attempt) {
            error_code ec;
            socket.send(asio::buffer(message), 0, ec); // Asio adds MSG_NOSIGNAL
            if (!ec)
                return fate::sent;
            if (ec == asio::error::would_block)
                return fate::no_room;
            close();
        }
        return fate::failed;
    }

    void queue(std::string message) {
        if (message == "WATCHDOG=1") {
            ++dropped;
            return;
        }
        dropped += std::erase_if(waiting, [&](const std::string& older) {
            return first_word(older) == first_word(message);
        });
        waiting.push_back(std::move(message));
    }

    void wait_for_room() {
        socket.async_wait(protocol::socket::wait_write, [self = shared_from_this()](error_code ec) {
            if (ec != asio::error::operation_aborted)
                self->flush();
        });
    }

    void flush() {
        while (!waiting.empty()) {
            const fate f = try_to_send(waiting.front());
            if (f == fate::no_room)
                return wait_for_room();
            dropped += f == fate::failed ? 1 : 0;
            waiting.pop_front();
        }
        say("notify_flows", "the service manager reads its notifications again; " +
                                std::to_string(dropped) + " were dropped so far");
    }
};

notifier::notifier(asio::any_io_executor executor, event_sink events)
    : state_(std::make_shared<state>(executor, std::move(events))) {}

notifier::~notifier() {
    state_->events = nullptr;
    state_->close();
}

void notifier::send(std::string message) {
    state& s = *state_;
    if (!s.manager)
        return;
    if (!s.waiting.empty()) // behind those that wait
        return s.queue(std::move(message));
    const fate f = s.try_to_send(message);
    s.dropped += f == fate::failed ? 1 : 0;
    if (f != fate::no_room)
        return;
    s.queue(std::move(message));
    if (s.waiting.empty())
        return;
    s.say("notify_waits", "the service manager does not read its notifications: they wait");
    s.wait_for_room();
}

std::size_t notifier::waiting() const noexcept {
    return state_->waiting.size();
}

std::uint64_t notifier::dropped() const noexcept {
    return state_->dropped;
}

void notify(const std::string& message, int fd) noexcept {
    try {
        auto manager = manager_of(std::getenv("NOTIFY_SOCKET"));
        const int socket = manager ? ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
        if (socket < 0)
            return;
        std::string text = message;
        iovec part{text.data(), text.size()};
        msghdr datagram{};
        datagram.msg_name = manager->data();
        datagram.msg_namelen = static_cast<socklen_t>(manager->size());
        datagram.msg_iov = &part;
        datagram.msg_iovlen = 1;
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fd)> control{};
        if (fd >= 0) {
            datagram.msg_control = control.data();
            datagram.msg_controllen = control.size();
            cmsghdr* rights = CMSG_FIRSTHDR(&datagram);
            rights->cmsg_level = SOL_SOCKET;
            rights->cmsg_type = SCM_RIGHTS;
            rights->cmsg_len = CMSG_LEN(sizeof fd);
            std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
        }
        ::sendmsg(socket, &datagram, MSG_DONTWAIT | MSG_NOSIGNAL);
        ::close(socket);
    } catch (const std::bad_alloc&) { // then it is not said
        return;
    }
}

std::optional<duration> watchdog_interval() noexcept {
    std::uint64_t usec = 0;
    if (::sd_watchdog_enabled(0, &usec) <= 0)
        return std::nullopt;
    return std::chrono::microseconds(usec);
}

} // namespace headspace::sd
