// What the sessions of a server share, and who of them may stay. Internal to the server.
#pragma once

#include "admin/server.hpp"

#include <array>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace headspace::admin {

class session;

/// What reports say about a request.
struct request_line {
    std::string_view method; // a literal
    std::string path;        // without the query, which could hold anything
    bool changes = false;
};

class server::impl : public std::enable_shared_from_this<server::impl> {
public:
    impl(asio::any_io_executor executor, router routes, limits bounds, event_sink events,
         operator_check is_operator);

    void serve(listener socket);
    void stop_serving(scope reach);
    void set_limits(limits bounds);
    void set_operators(operator_check check);
    asio::awaitable<void> stop(time_point until);
    /// At once: listeners and connections.
    void shut();

    [[nodiscard]] server_statistics statistics() const noexcept;
    [[nodiscard]] std::vector<route_count> answers() const;

    // For sessions.
    void ended(session* one, std::exception_ptr failure);
    /// `to` is nothing for what fits no route.
    void count(const route* to, int status) { ++answers_[{to, status}]; }
    void report(const request_line& line, const peer& from, int status);
    void report_failure(const request_line& line, const std::string& what);
    [[nodiscard]] std::string_view date();

    const asio::any_io_executor executor;
    const router routes;
    operator_check is_operator;
    limits bounds;
    server_statistics numbers;
    bool stopping = false;

private:
    asio::awaitable<void> accept_loop(std::shared_ptr<listener> socket);
    /// False: no descriptors left, pause.
    bool accept_some(listener& socket);
    void admit(int fd, scope reach, bool local);
    bool evict_one(scope reach);
    /// No longer among the connections; once for each.
    void forget(session& one);
    std::size_t& open_of(scope reach) { return open_.at(static_cast<std::size_t>(reach)); }
    void sweep();
    void close_listeners();

    event_sink events_;
    std::map<std::pair<const route*, int>, std::uint64_t> answers_;
    std::vector<std::shared_ptr<listener>> listeners_;
    std::unordered_map<session*, std::shared_ptr<session>> sessions_;
    std::array<std::size_t, 2> open_{}; // of them, by scope
    asio::steady_timer sweeper_;
    bool sweeping_ = false;
    time_point stop_until_ = time_point::max();
    std::list<asio::steady_timer> stoppers_;
    std::int64_t date_second_ = -1;
    std::string date_;
};

} // namespace headspace::admin
