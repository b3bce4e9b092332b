// Every log event goes through here: to the log, and as a JSON line to those who follow GET
// /v1/events.
#pragma once

#include "daemon/line_feed.hpp"
#include "log/log.hpp"

#include <memory>

namespace headspace::daemon {

class event_feed {
public:
    event_feed(const asio::any_io_executor& executor, log::logger& logger, std::size_t keep)
        : logger_(logger), feed_(std::make_shared<line_feed>(executor, keep)) {}

    /// Events without a name, and what is below info, only go to the log.
    void write(const log_event& event);
    [[nodiscard]] event_sink sink() {
        return [this](const log_event& event) {
            write(event);
        };
    }
    [[nodiscard]] const std::shared_ptr<line_feed>& lines() const noexcept { return feed_; }

private:
    log::logger& logger_;
    std::shared_ptr<line_feed> feed_;
};

} // namespace headspace::daemon
