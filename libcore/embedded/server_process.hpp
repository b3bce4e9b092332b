// One run of `postgres`: from its start over its readiness to its end. Knows nothing of what came
// before or comes after.
#pragma once

#include "config/settings.hpp"
#include "embedded/folders.hpp"
#include "embedded/server_settings.hpp"
#include "io/asio.hpp"
#include "io/child_process.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace headspace::embedded {

struct server_launch {
    std::string program; // the path of `postgres`
    server_plan plan;
    fs::path notify_socket; // made here, in a folder that only we and the server may enter
    server_account account;
    config::embedded_settings settings; // the timeouts
    std::function<void(std::string_view)> on_line;
};

enum class readiness : std::uint8_t {
    ready,
    late,  // it runs, but said nothing within start_timeout
    ended, // it did not get that far
};

class server_process {
public:
    /// Errors: whatever keeps the child from running at all.
    static result<server_process> launch(asio::any_io_executor executor, server_launch how);

    [[nodiscard]] pid_t pid() const noexcept { return child_.pid(); }

    /// Until the server says READY=1 to the notify socket, or its postmaster.pid says so (for
    /// servers that were built without systemd).
    asio::awaitable<readiness> ready();
    /// Until it has ended and was collected.
    asio::awaitable<io::exit_status> wait() { return child_.wait(); }
    /// Fast shutdown, after fast_timeout an immediate one, after immediate_timeout SIGKILL; `slow`
    /// gets a sentence for each that was not enough. Both waits are shorter when `until` is nearer,
    /// as last_waits() says. Ends when the server was collected.
    asio::awaitable<void> stop(std::function<void(const std::string&)> slow, time_point until);

private:
    using notify_socket = asio::local::datagram_protocol::socket;

    server_process(io::child_process child, notify_socket notify, server_launch how)
        : child_(std::move(child)), notify_(std::move(notify)), how_(std::move(how)) {}
    [[nodiscard]] bool has_told();
    asio::awaitable<bool> told_in_time();

    io::child_process child_;
    notify_socket notify_;
    server_launch how_;
};

} // namespace headspace::embedded
