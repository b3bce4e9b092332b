#include "daemon/http_listening.hpp"

#include <utility>

namespace headspace::daemon {

http_listening::http_listening(asio::any_io_executor executor, admin::server& server,
                               event_sink events)
    : executor_(std::move(executor)), server_(server), events_(std::move(events)) {}

result<void> http_listening::prepare(const std::string& listen) {
    wanted_.reset();
    taken_.reset();
    if (listen.empty())
        return {};
    const auto parsed = parse_loopback(listen);
    if (parsed.has_value() && parsed.value() == present_) {
        wanted_ = present_;
        return {};
    }
    auto made = admin::listener::loopback(executor_, listen);
    if (made.has_error())
        return made.error();
    wanted_ = parsed.value();
    taken_.emplace(std::move(*made));
    return {};
}

void http_listening::commit() {
    if (wanted_ == present_)
        return;
    if (present_) {
        server_.stop_serving(admin::scope::publicly);
        events_({log_level::info, "http_closed", "no longer HTTP on " + present_->text(), {}});
    }
    present_ = wanted_;
    if (!taken_)
        return;
    const std::string where = taken_->where();
    server_.serve(std::move(*taken_));
    taken_.reset();
    events_({log_level::info, "http_listening", "HTTP on " + where, {{"ADDRESS", where}}});
}

} // namespace headspace::daemon
