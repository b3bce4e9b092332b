// Sends to the service manager and never waits for it. Without one (no NOTIFY_SOCKET) nothing is
// sent.
#pragma once

#include "base/event.hpp"
#include "base/time.hpp"
#include "io/asio.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace headspace::sd {

/// The manager's socket takes a few datagrams (net.unix.max_dgram_qlen) and then makes its senders
/// wait: sd_notify(3) would hold up the event loop. Here a datagram that finds no room waits until
/// there is some, in order. Of those that begin with the same word (STATUS, READY, ...) only the
/// last one waits, the others are dropped; WATCHDOG=1 is dropped at once, since a manager that does
/// not read does not count either. Not thread-safe: use it on its executor.
class notifier {
public:
    /// Reads NOTIFY_SOCKET.
    explicit notifier(asio::any_io_executor executor, event_sink events = {});
    ~notifier();
    notifier(const notifier&) = delete;
    notifier& operator=(const notifier&) = delete;

    /// One datagram, as it is. Failures are ignored, as sd_notify(3) advises.
    void send(std::string message);

    [[nodiscard]] std::size_t waiting() const noexcept;
    [[nodiscard]] std::uint64_t dropped() const noexcept;

private:
    struct state;
    std::shared_ptr<state> state_;
};

/// Sends one datagram without an event loop; one that finds no room is lost. `fd` goes with it
/// (FDSTORE=1) and stays ours; -1: none.
void notify(const std::string& message, int fd = -1) noexcept;

/// WATCHDOG_USEC, when it is meant for this process (WATCHDOG_PID).
std::optional<duration> watchdog_interval() noexcept;

} // namespace headspace::sd
