// May the pool connect now, and how many at a time? One for each target: up, down with backoff,
// probing. Pure: the clock and the jitter are parameters.
#pragma once

#include "base/backoff.hpp"
#include "pool/actions.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headspace::pool {

/// How a failure changed things, for the log.
enum class setback : std::uint8_t {
    none,      // nothing worth a line
    opened,    // the outage begins
    new_cause, // it goes on for a reason not yet said
    repeat,    // it goes on, and was last mentioned `repeat` ago
    full,      // 53300 while we hold connections: only growing stops
    flapping,  // connections are made and die at once, again and again
};

/// A success ended something.
enum class recovery : std::uint8_t { none, outage, full };

class breaker {
public:
    explicit breaker(const pool_settings& settings);
    void configure(const pool_settings& settings);

    /// Connects that may be in flight together now: 0 while backing off, 1 for a probe, then slow
    /// start: 1, 2, 4 ... to connect_parallelism.
    [[nodiscard]] std::uint32_t limit(time_point now) const noexcept;
    /// When limit() grows by itself; time_point::max() when it does not.
    [[nodiscard]] time_point next_attempt(time_point now) const noexcept;

    [[nodiscard]] bool proven() const noexcept { return phase_ != phase::unproven; }
    [[nodiscard]] bool down() const noexcept { return phase_ == phase::down; }
    /// Down, and only a person can help.
    [[nodiscard]] bool operator_needed() const noexcept { return down() && operator_; }
    /// Up, but not well: the server is full or ends what it has just accepted.
    [[nodiscard]] bool ailing() const noexcept { return full_ || flapping_; }
    [[nodiscard]] bool full() const noexcept { return full_; }
    [[nodiscard]] bool flapping() const noexcept { return flapping_; }
    /// Held back for a moment after a connection died young.
    [[nodiscard]] bool holding(time_point now) const noexcept { return now < hold_until_; }

    /// The last failed connect, or what ended the last young connection; empty once one succeeded.
    [[nodiscard]] const std::optional<error>& last_error() const noexcept { return last_error_; }
    [[nodiscard]] time_point last_error_at() const noexcept { return last_error_at_; }
    [[nodiscard]] time_point outage_since() const noexcept { return outage_since_; }
    [[nodiscard]] std::uint64_t attempts() const noexcept { return attempts_; }
    /// How many outages have begun.
    [[nodiscard]] std::uint64_t outages() const noexcept { return outages_; }

    /// A round of connecting failed while `usable` connections were open.
    setback connect_failed(const error& cause, std::uint32_t usable, time_point now, double jitter);
    recovery connected(time_point now);
    /// A connection made at `made` died by itself; a young one delays the next connect, unless
    /// idle_session_timeout ended it (57P05): then the server is well.
    setback lost(const error& cause, time_point made, time_point now, double jitter);
    /// Ends the backoff. With a new target nothing is known about the server any more.
    void force(bool new_target);

    /// When a call of settle() may end flapping; time_point::max() when none is needed.
    [[nodiscard]] time_point settles_at() const noexcept;
    /// True once when flapping is over.
    bool settle(time_point now);
    /// Nobody wants more connections than there are: a full server no longer matters.
    void forget_full() noexcept { full_ = false; }

private:
    enum class phase : std::uint8_t { unproven, up, down };

    [[nodiscard]] bool stable(time_point now) const noexcept;
    setback say(const error& cause, time_point now);

    duration stable_after_{};
    duration operator_interval_{};
    duration initial_{};
    duration repeat_{};
    std::uint32_t most_ = 1;

    phase phase_ = phase::unproven;
    backoff backoff_;
    backoff full_backoff_;
    std::uint32_t parallel_ = 1;
    time_point retry_at_ = time_point::min();   // while down
    time_point hold_until_ = time_point::min(); // while up
    time_point up_since_ = time_point::min();
    bool unstable_ = false; // a young connection died since the last success
    bool operator_ = false;
    bool full_ = false;
    bool flapping_ = false;
    std::uint32_t young_deaths_ = 0;

    std::optional<error> last_error_;
    time_point last_error_at_{};
    time_point outage_since_{};
    std::uint64_t attempts_ = 0; // failed ones of this outage
    std::uint64_t outages_ = 0;
    time_point said_at_{};
    std::vector<std::string> said_; // causes of this outage
};

} // namespace headspace::pool
