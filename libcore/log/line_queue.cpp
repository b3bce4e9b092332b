#include "log/line_queue.hpp"

#include "log/record.hpp"

#include <utility>

namespace headspace::log {

bool line_queue::has_room(std::size_t size) const noexcept {
    if (lines_.empty())
        return true; // whatever its size: it could never be told otherwise
    return bytes_ + size <= (unsaid_ > 0 ? limit_ / 2 : limit_);
}

line line_queue::notice(wall_time at) {
    const std::string count = std::to_string(std::exchange(unsaid_, 0));
    return {log_level::warning, at,
            encode({log_level::warning,
                    "log_dropped",
                    count + (count == "1" ? " log line" : " log lines") +
                        " dropped: nobody took them in time",
                    {{"DROPPED", count}}})};
}

void line_queue::append(line l) {
    bytes_ += l.record.size();
    lines_.push_back(std::move(l));
}

bool line_queue::push(line l) {
    if (!has_room(l.record.size())) {
        ++dropped_;
        ++unsaid_;
        return false;
    }
    if (unsaid_ > 0)
        append(notice(l.at));
    append(std::move(l));
    return true;
}

std::optional<line> line_queue::take(wall_time now) {
    if (lines_.empty())
        return unsaid_ > 0 ? std::optional(notice(now)) : std::nullopt;
    line l = std::move(lines_.front());
    lines_.pop_front();
    bytes_ -= l.record.size();
    return l;
}

} // namespace headspace::log
