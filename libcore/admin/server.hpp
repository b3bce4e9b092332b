// The admin server: HTTP/1.1 over Unix sockets and loopback TCP. Takes requests apart, finds their
// handler and writes the answers within limits that no client can stretch; knows nothing of what is
// asked.
#pragma once

#include "admin/limits.hpp"
#include "admin/listener.hpp"
#include "admin/router.hpp"
#include "base/event.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace headspace::admin {

/// May this peer change things? Asked for each request that does.
using operator_check = std::function<bool(const peer&)>;

struct server_statistics {
    std::uint64_t connections = 0; // open now
    std::uint64_t accepted = 0, refused = 0, evicted = 0, timed_out = 0;
    std::uint64_t requests = 0, client_errors = 0, server_errors = 0;
};

/// How often a route was answered with a status.
struct route_count {
    std::string route; // as it was added, "/v1/operations/{id}"; "" for what fits none
    int status = 0;
    std::uint64_t count = 0;
};

/// One executor, one thread. Reports each changing request as `admin_request` (fields METHOD, PATH,
/// STATUS, PEER_UID, PEER_PID) and each handler that threw as `admin_handler_failed`.
class server {
public:
    class impl;

    server(asio::any_io_executor executor, router routes, limits bounds, event_sink events,
           operator_check is_operator = {});
    ~server(); // closes everything at once
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Begins to accept; the server owns the listener from now on.
    void serve(listener socket);
    /// Closes the listeners with that reach; their connections end with the request they are at.
    void stop_serving(scope reach);
    /// For connections and requests from now on. The connections of one reach are counted apart
    /// from those of the other, so that clients over TCP cannot keep the operators out.
    void set_limits(limits bounds);
    /// For requests from now on, also on connections that are open.
    void set_operators(operator_check is_operator);

    /// Stops accepting (socket files that were made go away), closes idle connections, lets running
    /// requests finish until `until`, cancels and closes the rest. A second call only brings
    /// `until` forward.
    asio::awaitable<void> stop(time_point until);

    [[nodiscard]] server_statistics statistics() const noexcept;
    /// Every answer so far; one row for all methods of a route.
    [[nodiscard]] std::vector<route_count> answers() const;

private:
    std::shared_ptr<impl> impl_;
};

} // namespace headspace::admin
