#include "pool/breaker.hpp"

#include <algorithm>

namespace headspace::pool {

namespace {

constexpr std::string_view too_many_connections = "53300";
constexpr std::string_view cannot_connect_now = "57P03"; // starting, stopping or recovering
constexpr std::string_view read_only = "25006";          // of every server that answers
constexpr std::string_view idle_session_timeout = "57P05";

// Enough of an error to tell one cause from another. Texts may be in any language and hold numbers
// that change, so where there is an SQLSTATE it alone counts.
std::string cause_of(const error& e) {
    return e.sqlstate.empty() ? e.message : e.sqlstate;
}

// A host list that fails in ever new words must not fill the log or the memory.
constexpr std::size_t most_causes = 8;

} // namespace

breaker::breaker(const pool_settings& settings)
    : backoff_(settings.backoff_initial, settings.backoff_max), full_backoff_(backoff_) {
    configure(settings);
}

void breaker::configure(const pool_settings& settings) {
    if (settings.backoff_initial != initial_)
        backoff_ = full_backoff_ = backoff(settings.backoff_initial, settings.backoff_max);
    stable_after_ = settings.stable_after;
    operator_interval_ = settings.operator_interval;
    initial_ = settings.backoff_initial;
    repeat_ = settings.repeat;
    most_ = settings.connect_parallelism;
    parallel_ = std::min(parallel_, most_);
}

std::uint32_t breaker::limit(time_point now) const noexcept {
    if (phase_ == phase::down)
        return now >= retry_at_ ? 1 : 0;
    return now >= hold_until_ ? parallel_ : 0;
}

time_point breaker::next_attempt(time_point now) const noexcept {
    const time_point at = phase_ == phase::down ? retry_at_ : hold_until_;
    return at > now ? at : time_point::max();
}

bool breaker::stable(time_point now) const noexcept {
    return phase_ == phase::up && !unstable_ && now - up_since_ >= stable_after_;
}

setback breaker::say(const error& cause, time_point now) {
    const std::string key = cause_of(cause);
    if (said_.size() < most_causes && std::find(said_.begin(), said_.end(), key) == said_.end()) {
        said_.push_back(key);
        said_at_ = now;
        return said_.size() == 1 ? setback::opened : setback::new_cause;
    }
    if (now - said_at_ < repeat_)
        return setback::none;
    said_at_ = now;
    return setback::repeat;
}

setback breaker::connect_failed(const error& cause, std::uint32_t usable, time_point now,
                                double jitter) {
    const bool was_stable = stable(now);
    last_error_ = cause;
    last_error_at_ = now;
    parallel_ = 1;
    if (cause.sqlstate == too_many_connections && usable > 0 && phase_ != phase::down) {
        hold_until_ = now + full_backoff_.next(jitter);
        return std::exchange(full_, true) ? setback::none : setback::full;
    }
    if (phase_ != phase::down) {
        if (was_stable)
            backoff_.reset();
        if (attempts_ == 0) {
            outage_since_ = now;
            ++outages_;
            said_.clear();
        }
        flapping_ = full_ = false;
        young_deaths_ = 0;
    } else if (now < retry_at_) {
        return setback::none; // one that was begun together with the one that opened the breaker
    }
    phase_ = phase::down;
    ++attempts_;
    operator_ = cause.kind != error_class::retry;
    // Only standbys: a promotion ends that, and nobody wants to wait out a person's pace then.
    const bool awaits_promotion = cause.sqlstate == read_only;
    duration delay = operator_ && !awaits_promotion ? operator_interval_ : backoff_.next(jitter);
    if (cause.sqlstate == cannot_connect_now)
        delay = std::max(delay, initial_);
    retry_at_ = now + delay;
    return say(cause, now);
}

recovery breaker::connected(time_point now) {
    if (phase_ != phase::up || unstable_)
        up_since_ = now;
    unstable_ = false;
    phase_ = phase::up;
    operator_ = false;
    parallel_ = std::min(parallel_ * 2, most_);
    full_backoff_.reset();
    if (!flapping_)
        last_error_.reset();
    const bool was_full = std::exchange(full_, false);
    const bool was_out = std::exchange(attempts_, 0) > 0;
    return was_out ? recovery::outage : was_full ? recovery::full : recovery::none;
}

setback breaker::lost(const error& cause, time_point made, time_point now, double jitter) {
    if (phase_ != phase::up || unstable_ || now - made >= stable_after_ ||
        cause.sqlstate == idle_session_timeout)
        return setback::none;
    if (stable(now)) { // this one was young, the server has long been well
        backoff_.reset();
        young_deaths_ = 0;
    }
    unstable_ = true;
    parallel_ = 1;
    last_error_ = cause;
    last_error_at_ = now;
    hold_until_ = now + backoff_.next(jitter);
    if (++young_deaths_ < 2 || flapping_)
        return setback::none;
    flapping_ = true;
    return setback::flapping;
}

void breaker::force(bool new_target) {
    retry_at_ = hold_until_ = time_point::min();
    backoff_.reset();
    full_backoff_.reset();
    parallel_ = 1;
    if (new_target) {
        phase_ = phase::unproven;
        operator_ = full_ = flapping_ = unstable_ = false;
        young_deaths_ = 0;
    }
}

time_point breaker::settles_at() const noexcept {
    return flapping_ && phase_ == phase::up && !unstable_ ? up_since_ + stable_after_
                                                          : time_point::max();
}

bool breaker::settle(time_point now) {
    if (settles_at() > now)
        return false;
    flapping_ = false;
    young_deaths_ = 0;
    backoff_.reset();
    last_error_.reset();
    return true;
}

} // namespace headspace::pool
