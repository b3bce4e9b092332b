#include "daemon/event_feed.hpp"

#include "log/record.hpp"

namespace headspace::daemon {

void event_feed::write(const log_event& event) {
    logger_.write(event);
    if (event.name.empty() || event.level < log_level::info)
        return;
    // Before JSON escapes what a secret may hold.
    log_event clean = event;
    clean.message = logger_.redacted(std::move(clean.message));
    for (auto& [key, value] : clean.fields)
        value = logger_.redacted(std::move(value));
    feed_->push(log::json_line(clean, std::chrono::system_clock::now()));
}

} // namespace headspace::daemon
