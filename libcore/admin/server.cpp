#include "admin/listener_state.hpp"
#include "admin/server_impl.hpp"
#include "admin/session.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace headspace::admin {

namespace {

/// Accepted in a row before others get their turn.
constexpr int accept_batch = 32;
/// The sweeper looks that often in the shortest of the timeouts: they are kept to a quarter.
constexpr int sweeps_per_timeout = 4;

/// For a connection that cannot be had: a best effort that blocks nothing.
void turn_away(int fd, std::string_view date) {
    const response full = problem_response(
        make_error(errc::too_many_connections, error_class::retry, "too many connections are open",
                   "try again; [admin].max_connections is the limit"));
    std::string out;
    append_head(out, full, framing::length, false, date);
    out += full.body;
    static_cast<void>(::send(fd, out.data(), out.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    ::shutdown(fd, SHUT_WR);
    ::close(fd);
}

bool readable(int fd) {
    pollfd wanted{fd, POLLIN, 0};
    return ::poll(&wanted, 1, 0) > 0;
}

} // namespace

server::impl::impl(asio::any_io_executor on, router handlers, limits limit, event_sink events,
                   operator_check check)
    : executor(std::move(on)), routes(std::move(handlers)), is_operator(std::move(check)),
      bounds(limit), events_(std::move(events)), sweeper_(executor) {}

void server::impl::serve(listener socket) {
    auto shared = std::make_shared<listener>(std::move(socket));
    listeners_.push_back(shared);
    asio::co_spawn(executor, accept_loop(std::move(shared)),
                   [self = shared_from_this()](std::exception_ptr) {});
}

void server::impl::stop_serving(scope reach) {
    const auto ours = [&](const auto& one) {
        return one->reach() == reach;
    };
    for (const auto& one : listeners_)
        if (ours(one))
            one->close();
    std::erase_if(listeners_, ours);
    std::vector<std::shared_ptr<session>> theirs;
    for (const auto& [key, one] : sessions_)
        if (ours(one))
            theirs.push_back(one);
    for (const auto& one : theirs)
        one->retire();
}

void server::impl::set_limits(limits limit) {
    bounds = limit;
}

void server::impl::set_operators(operator_check check) {
    is_operator = std::move(check);
}

asio::awaitable<void> server::impl::accept_loop(std::shared_ptr<listener> socket) {
    asio::steady_timer pause(executor);
    auto& acceptor = socket->internals().acceptor;
    while (acceptor.is_open()) {
        auto [ec] =
            co_await acceptor.async_wait(asio::posix::stream_descriptor::wait_read, as_result);
        if (ec || stopping)
            co_return;
        if (accept_some(*socket))
            continue;
        pause.expires_after(bounds.accept_pause);
        co_await pause.async_wait(as_result);
    }
}

bool server::impl::accept_some(listener& socket) {
    listener::state& state = socket.internals();
    for (int i = 0; i < accept_batch; ++i) {
        const int fd = ::accept4(state.acceptor.native_handle(), nullptr, nullptr,
                                 SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            admit(fd, state.reach, state.local);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno == EAGAIN)
            return true;
        // EMFILE comes even when nobody is waiting; when somebody is, an idle connection gives its
        // descriptor; one over TCP first.
        if (!readable(state.acceptor.native_handle()))
            return true;
        if (!evict_one(scope::publicly) && state.reach == scope::admin)
            evict_one(scope::admin);
        return false;
    }
    return true;
}

void server::impl::admit(int fd, scope reach, bool local) {
    if (open_of(reach) >= bounds.max_connections && !evict_one(reach)) {
        ++numbers.refused;
        turn_away(fd, date());
        return;
    }
    ++numbers.accepted;
    auto one = std::make_shared<session>(shared_from_this(), fd, reach, local);
    sessions_.emplace(one.get(), one);
    ++open_of(reach);
    one->start();
    if (!std::exchange(sweeping_, true))
        sweep();
}

void server::impl::forget(session& one) {
    if (sessions_.erase(&one) > 0)
        --open_of(one.reach());
}

bool server::impl::evict_one(scope reach) {
    std::shared_ptr<session> oldest;
    for (const auto& [key, one] : sessions_)
        if (one->reach() == reach && one->dispensable() &&
            (!oldest || one->since() < oldest->since()))
            oldest = one;
    if (!oldest)
        return false;
    ++numbers.evicted;
    forget(*oldest);
    oldest->abort();
    return true;
}

void server::impl::sweep() {
    if (sessions_.empty()) {
        sweeping_ = false;
        return;
    }
    const time_point now = clock::now();
    std::vector<std::shared_ptr<session>> late;
    for (const auto& [key, one] : sessions_)
        if (one->deadline() <= now)
            late.push_back(one);
    for (const auto& one : late) {
        ++numbers.timed_out;
        one->expire();
    }
    const duration shortest = std::min(bounds.request_timeout, bounds.idle_timeout);
    sweeper_.expires_after(
        std::max<duration>(shortest / sweeps_per_timeout, std::chrono::milliseconds(1)));
    // Cancelled when the last session went, but before this runs another may have been admitted,
    // who believes that the sweeper runs: who is there decides, not why the wait ended.
    sweeper_.async_wait([self = shared_from_this()](error_code) { self->sweep(); });
}

void server::impl::ended(session* one, std::exception_ptr failure) {
    forget(*one);
    if (failure && events_) {
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& e) {
            events_({log_level::error,
                     "admin_session_failed",
                     std::string("a connection of the admin socket failed: ") + e.what(),
                     {}});
        }
    }
    if (sessions_.empty()) {
        sweeper_.cancel();
        for (auto& stopper : stoppers_)
            stopper.cancel();
    }
}

void server::impl::close_listeners() {
    for (const auto& one : std::exchange(listeners_, {}))
        one->close();
}

asio::awaitable<void> server::impl::stop(time_point until) {
    const auto self = shared_from_this();
    stop_until_ = std::min(stop_until_, until);
    if (!std::exchange(stopping, true)) {
        close_listeners();
        std::vector<std::shared_ptr<session>> idle;
        for (const auto& [key, one] : sessions_)
            if (one->dispensable())
                idle.push_back(one);
        for (const auto& one : idle)
            one->abort();
    }
    for (auto& stopper : stoppers_) // they look at the new deadline
        stopper.cancel();
    const auto timer = stoppers_.emplace(stoppers_.end(), executor);
    while (!sessions_.empty() && clock::now() < stop_until_) {
        timer->expires_at(stop_until_);
        co_await timer->async_wait(as_result);
    }
    std::vector<std::shared_ptr<session>> rest;
    for (const auto& [key, one] : sessions_)
        rest.push_back(one);
    for (const auto& one : rest)
        one->abort();
    // Cancelled handlers unwind; one that does not is left behind.
    const time_point enough = clock::now() + bounds.unwind_timeout;
    while (!sessions_.empty() && clock::now() < enough) {
        timer->expires_at(enough);
        co_await timer->async_wait(as_result);
    }
    stoppers_.erase(timer);
}

void server::impl::shut() {
    stopping = true;
    close_listeners();
    sweeper_.cancel();
    for (const auto& [key, one] : std::exchange(sessions_, {}))
        one->abort();
}

server_statistics server::impl::statistics() const noexcept {
    server_statistics out = numbers;
    out.connections = sessions_.size();
    return out;
}

std::vector<route_count> server::impl::answers() const {
    std::map<std::pair<std::string, int>, std::uint64_t> by_path;
    for (const auto& [key, count] : answers_)
        by_path[{key.first != nullptr ? key.first->path() : std::string(), key.second}] += count;
    std::vector<route_count> out;
    for (const auto& [key, count] : by_path)
        out.push_back({key.first, key.second, count});
    return out;
}

void server::impl::report(const request_line& line, const peer& from, int status) {
    if (!line.changes || !events_)
        return;
    log_event event;
    event.name = "admin_request";
    event.level = status < 400 ? log_level::info : log_level::warning;
    const std::string path = shown(line.path);
    const std::string uid = std::to_string(from.uid);
    const std::string pid = std::to_string(from.pid);
    event.message = std::string(line.method) + " " + path + " from uid " + uid + ", pid " + pid +
                    ": " + std::to_string(status);
    event.fields = {{"METHOD", std::string(line.method)},
                    {"PATH", path},
                    {"STATUS", std::to_string(status)},
                    {"PEER_UID", uid},
                    {"PEER_PID", pid}};
    events_(std::move(event));
}

void server::impl::report_failure(const request_line& line, const std::string& what) {
    if (!events_)
        return;
    const std::string path = shown(line.path);
    events_({log_level::error,
             "admin_handler_failed",
             std::string(line.method) + " " + path + " failed: " + what,
             {{"METHOD", std::string(line.method)}, {"PATH", path}}});
}

std::string_view server::impl::date() {
    const std::time_t now = std::time(nullptr);
    if (now != date_second_) {
        std::array<char, 40> text{};
        std::tm parts{};
        ::gmtime_r(&now, &parts);
        // The C locale's names of days and months, whatever the process's locale is.
        static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed",
                                                         "Thu", "Fri", "Sat"};
        static constexpr std::array<const char*, 12> months{
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                      days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                      months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                      parts.tm_hour, parts.tm_min, parts.tm_sec);
        date_ = text.data();
        date_second_ = now;
    }
    return date_;
}

server::server(asio::any_io_executor executor, router routes, limits bounds, event_sink events,
               operator_check is_operator)
    : impl_(std::make_shared<impl>(std::move(executor), std::move(routes), bounds,
                                   std::move(events), std::move(is_operator))) {}

server::~server() {
    impl_->shut();
}

void server::serve(listener socket) {
    impl_->serve(std::move(socket));
}

void server::stop_serving(scope reach) {
    impl_->stop_serving(reach);
}

void server::set_limits(limits bounds) {
    impl_->set_limits(bounds);
}

void server::set_operators(operator_check is_operator) {
    impl_->set_operators(std::move(is_operator));
}

asio::awaitable<void> server::stop(time_point until) {
    return impl_->stop(until);
}

server_statistics server::statistics() const noexcept {
    return impl_->statistics();
}

std::vector<route_count> server::answers() const {
    return impl_->answers();
}

} // namespace headspace::admin
