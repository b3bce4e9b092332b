// Log lines on their way to whoever writes them. Bounded: a reader that is too slow costs lines,
// which are counted, and never holds up those who log. Pure.
#pragma once

#include "base/event.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace headspace::log {

struct line {
    log_level level = log_level::info;
    wall_time at;
    std::string record; // as encode() makes it
};

class line_queue {
public:
    /// `limit`: bytes that may wait.
    explicit line_queue(std::size_t limit) noexcept : limit_(limit) {}
    void set_limit(std::size_t bytes) noexcept { limit_ = bytes; }

    /// False: it found no room and was dropped. Once that has happened, lines are dropped until the
    /// reader is through half of what waits, so that one notice stands for a whole row of them.
    bool push(line l);
    /// The oldest line; "N log lines dropped" where they are missing. Nothing when none waits.
    [[nodiscard]] std::optional<line> take(wall_time now);

    [[nodiscard]] bool empty() const noexcept { return lines_.empty() && unsaid_ == 0; }
    /// Ever.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

private:
    [[nodiscard]] bool has_room(std::size_t size) const noexcept;
    [[nodiscard]] line notice(wall_time at);
    void append(line l);

    std::deque<line> lines_;
    std::size_t bytes_ = 0;
    std::size_t limit_;
    std::uint64_t unsaid_ = 0; // dropped, and not yet told
    std::uint64_t dropped_ = 0;
};

} // namespace headspace::log
