#include "daemon/event_feed.hpp"

#include "log/record.hpp"

namespace headspace::daemon {

void event_feed::write(const log_event& event) {
    logger_.write(event);
    if (!event.name.empty() && event.level >= log_level::info)
        feed_->push(logger_.redacted(log::json_line(event, std::chrono::system_clock::now())));
}

} // namespace headspace::daemon
