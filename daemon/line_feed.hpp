// Lines that any number of readers follow, each from where it is; the newest are kept, a slow
// reader loses old ones.
#pragma once

#include "io/asio.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace headspace::daemon {

/// One executor. Readers may outlive the feed's owner: they hold it by shared_ptr.
class line_feed {
public:
    line_feed(const asio::any_io_executor& executor, std::size_t capacity);

    void push(std::string line);
    /// No line comes after this; readers see the end once they have read what there is.
    void close();
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    /// The position of the next line to be pushed: where a reader starts who wants no history.
    [[nodiscard]] std::uint64_t end() const noexcept { return first_ + lines_.size(); }

    /// The line at `position` (the oldest kept one, if that is gone), or nothing at the end. Moves
    /// `position` on.
    static asio::awaitable<std::optional<std::string>> next(std::shared_ptr<line_feed> feed,
                                                            std::uint64_t* position);

private:
    asio::steady_timer changed_; // never expires: cancelled at each change
    std::size_t capacity_;
    std::deque<std::string> lines_;
    std::uint64_t first_ = 0;
    bool closed_ = false;
};

} // namespace headspace::daemon
