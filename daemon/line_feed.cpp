#include "daemon/line_feed.hpp"

#include <utility>

namespace headspace::daemon {

line_feed::line_feed(const asio::any_io_executor& executor, std::size_t capacity)
    : changed_(executor, asio::steady_timer::time_point::max()), capacity_(capacity) {}

void line_feed::push(std::string line) {
    lines_.push_back(std::move(line));
    if (lines_.size() > capacity_) {
        lines_.pop_front();
        ++first_;
    }
    changed_.cancel();
}

void line_feed::close() {
    closed_ = true;
    changed_.cancel();
}

asio::awaitable<std::optional<std::string>> line_feed::next(std::shared_ptr<line_feed> feed,
                                                            std::uint64_t* position) {
    for (;;) {
        if (*position < feed->first_)
            *position = feed->first_;
        if (*position < feed->end()) {
            const auto at = static_cast<std::size_t>(*position - feed->first_);
            ++*position;
            co_return feed->lines_[at];
        }
        if (feed->closed_)
            co_return std::nullopt;
        co_await feed->changed_.async_wait(as_result);
        const auto cancelled = co_await asio::this_coro::cancellation_state;
        if (cancelled.cancelled() != asio::cancellation_type::none)
            co_return std::nullopt;
    }
}

} // namespace headspace::daemon
