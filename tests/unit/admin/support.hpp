// A server on a socket in a folder of its own, run by a thread, and a client that can misbehave.
#pragma once

#include "admin/server.hpp"
#include "support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace headspace::admin::testing {

using namespace std::chrono_literals;

/// No test waits longer than that for anything.
inline constexpr auto patience = 60s;

/// Reads and writes bytes as a test likes, with a deadline on everything.
class raw_client {
public:
    explicit raw_client(const std::string& path)
        : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(path.begin(), path.end(), address.sun_path);
        connected_ =
            ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    raw_client(raw_client&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_),
          pending_(std::move(other.pending_)) {}
    ~raw_client() { hang_up(); }

    [[nodiscard]] bool connected() const { return connected_; }
    void hang_up() {
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }
    void finish_sending() const { ::shutdown(fd_, SHUT_WR); }

    /// False when the server has closed the connection.
    bool send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count < 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    /// Everything up to the end of the connection; nothing when it does not end in time.
    std::optional<std::string> read_all() {
        while (fill())
            if (ended_)
                return std::exchange(pending_, {});
        return std::nullopt;
    }
    /// Up to and with `mark`.
    std::optional<std::string> read_until(std::string_view mark) {
        for (;;) {
            if (const auto at = pending_.find(mark); at != std::string::npos) {
                std::string out = pending_.substr(0, at + mark.size());
                pending_.erase(0, out.size());
                return out;
            }
            if (ended_ || !fill())
                return std::nullopt;
        }
    }
    /// One answer with a Content-Length, header and body.
    std::optional<std::string> read_answer() {
        auto head = read_until("\r\n\r\n");
        if (!head)
            return std::nullopt;
        const auto at = head->find("Content-Length: ");
        const std::size_t size = at == std::string::npos ? 0 : std::stoul(head->substr(at + 16));
        while (pending_.size() < size)
            if (ended_ || !fill())
                return std::nullopt;
        std::string out = *head + pending_.substr(0, size);
        pending_.erase(0, size);
        return out;
    }
    /// Something came, or the end; false when it did not within `limit`.
    [[nodiscard]] bool hears_within(std::chrono::milliseconds limit) const {
        pollfd wanted{fd_, POLLIN, 0};
        return ::poll(&wanted, 1, static_cast<int>(limit.count())) > 0;
    }
    std::optional<std::string> ask(std::string_view bytes) {
        send(bytes);
        return read_answer();
    }

private:
    bool fill() {
        pollfd wanted{fd_, POLLIN, 0};
        const int ms = static_cast<int>(std::chrono::milliseconds(patience).count());
        if (::poll(&wanted, 1, ms) <= 0)
            return false;
        char buffer[8192];
        const ssize_t count = ::recv(fd_, buffer, sizeof buffer, 0);
        if (count > 0)
            pending_.append(buffer, static_cast<std::size_t>(count));
        ended_ = count <= 0;
        return true;
    }

    int fd_;
    bool connected_ = false;
    bool ended_ = false;
    std::string pending_;
};

inline std::string get(std::string_view path, std::string_view more = {}) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) +
           "\r\n";
}

inline std::string post(std::string_view path, std::string_view body, std::string_view more = {}) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + std::string(more) + "\r\n" + std::string(body);
}

inline int status_of(const std::optional<std::string>& answer) {
    return answer && answer->size() > 12 ? std::stoi(answer->substr(9, 3)) : 0;
}

inline std::string body_of(const std::optional<std::string>& answer) {
    return answer ? answer->substr(answer->find("\r\n\r\n") + 4) : std::string();
}

/// Events from any thread.
class event_log {
public:
    event_sink sink() {
        return [this](log_event event) {
            const std::lock_guard guard(mutex_);
            events_.push_back(std::move(event));
        };
    }
    std::vector<log_event> named(const std::string& name) {
        const std::lock_guard guard(mutex_);
        std::vector<log_event> out;
        std::copy_if(events_.begin(), events_.end(), std::back_inserter(out),
                     [&](const log_event& e) { return e.name == name; });
        return out;
    }

private:
    std::mutex mutex_;
    std::vector<log_event> events_;
};

class live_server {
public:
    explicit live_server(router routes, limits bounds = {}, operator_check check = {})
        : path(folder.path() / "admin.sock"), work_(asio::make_work_guard(context)),
          served(std::in_place, context.get_executor(), std::move(routes), bounds, events.sink(),
                 std::move(check)) {
        auto made = listener::unix_socket(context.get_executor(), {path, 0660, "", false});
        if (!made)
            throw std::runtime_error(made.error().text());
        served->serve(std::move(*made));
        thread_ = std::thread([this] { context.run(); });
    }
    ~live_server() {
        asio::post(context, [this] {
            served.reset();
            work_.reset();
        });
        context.stop();
        thread_.join();
        served.reset();
    }

    raw_client connect() const { return raw_client(path); }

    /// On the server's thread.
    std::vector<route_count> answers() {
        std::promise<std::vector<route_count>> out;
        asio::post(context, [&] { out.set_value(served->answers()); });
        return out.get_future().get();
    }
    server_statistics statistics() {
        std::promise<server_statistics> out;
        asio::post(context, [&] { out.set_value(served->statistics()); });
        return out.get_future().get();
    }
    /// Looks again until it is so: for what happens soon but is not told to the client.
    template<class Predicate>
    bool soon(Predicate&& so) {
        for (const auto until = clock::now() + patience; clock::now() < until;) {
            if (so(statistics()))
                return true;
            std::this_thread::yield();
        }
        return false;
    }
    std::future<void> stop(duration within) {
        auto done = std::make_shared<std::promise<void>>();
        auto out = done->get_future();
        auto work = [this, within, done]() -> asio::awaitable<void> {
            co_await served->stop(clock::now() + within);
            done->set_value();
        };
        asio::co_spawn(context, std::move(work), asio::detached);
        return out;
    }

    test::temp_directory folder;
    std::string path;
    event_log events;
    asio::io_context context{1};

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;

public:
    std::optional<server> served;
};

} // namespace headspace::admin::testing
