// What follows from a situation: who is served, what is opened, what is closed.
#include "pool/pool_core.hpp"
#include "pool/recycler.hpp"
#include "pool/sizing.hpp"

#include <algorithm>

namespace headspace::pool {

void pool_core::settle() {
    serve();
    if (!waiters_.empty() && away())
        refuse_waiters();
    shed();
    open();
    update_state();
    rearm();
}

// While somebody waits nothing stays idle, unless as many are being pinged as there are waiters.
void pool_core::serve() {
    while (!waiters_.empty() && slots_.hot() != slot_table::none) {
        const std::uint32_t index = slots_.hot();
        if (retired(index))
            continue;
        if (is_fresh(slots_[index]))
            give_back(index);
        else if (slots_.count(slot_state::pinging) < waiters_.size())
            begin_ping(index, false);
        else
            break;
    }
}

bool pool_core::retired(std::uint32_t index) {
    if (slots_[index].generation < generation_)
        close(index, close_reason::generation);
    else if (too_old(slots_[index]))
        close(index, close_reason::recycle);
    else
        return false;
    return true;
}

// The database is known to be away and nothing is open: waiting cannot help those who do not want
// to wait it out, nor anyone when only a person can mend it.
void pool_core::refuse_waiters() {
    while (breaker_.operator_needed() ? !waiters_.empty() : waiters_.fail_fast() > 0) {
        const request_id request =
            breaker_.operator_needed() ? waiters_.front() : *waiters_.first_fail_fast();
        waiters_.remove(request);
        ++unavailable_;
        fail(request, unavailable());
    }
}

void pool_core::open() {
    if (!started_ || draining_)
        return;
    demand d;
    d.size = settings_.size;
    d.live = slots_.live();
    d.waiters = static_cast<std::uint32_t>(waiters_.size());
    d.connecting = slots_.count(slot_state::connecting);
    d.underway = d.connecting + slots_.count(slot_state::pinging);
    d.keep = settings_.min_idle;
    d.lasting = slots_.usable() + d.connecting - slots_.stale();
    if (d.waiters <= d.underway && d.lasting >= d.keep && breaker_.proven() && !breaker_.down() &&
        !breaker_.full())
        return;
    d.limit = breaker_.limit(now_);
    std::uint32_t n = want(d);
    const bool unknown = !breaker_.proven() || breaker_.down();
    if (n == 0 && unknown && d.connecting == 0 && d.limit > 0 && d.live < d.size)
        n = 1; // a probe, whether or not anyone needs a connection
    if (n == 0 && d.limit > 0 && d.connecting == 0 && breaker_.full()) {
        breaker_.forget_full();
        say_recovery(recovery::full, now_, 0);
    }
    for (; n > 0; --n)
        begin_connect();
}

void pool_core::shed() {
    while (slots_.live() - slots_.count(slot_state::closing) > settings_.size &&
           slots_.cold() != slot_table::none)
        close(slots_.cold(), close_reason::idle);
    if (slots_.stale_idle() == 0 || breaker_.down() || !waiters_.empty())
        return;
    // Replaced before it is closed where there is room, else closed and replaced one by one.
    const bool no_room = slots_.live() >= settings_.size;
    const bool quiet =
        slots_.count(slot_state::closing) + slots_.count(slot_state::connecting) == 0;
    for (std::uint32_t i = slots_.cold(); i != slot_table::none;) {
        const std::uint32_t next = slots_[i].hotter;
        const std::uint32_t fresh = slots_.usable() - slots_.stale();
        if (slots_[i].stale && (fresh >= settings_.min_idle || (no_room && quiet))) {
            close(i, close_reason::recycle);
            if (fresh < settings_.min_idle)
                return;
        }
        i = next;
    }
}

void pool_core::grant(request_id request, std::uint32_t index, std::string_view purpose,
                      duration waited) {
    slots_.move(index, slot_state::leased);
    slot& s = slots_[index];
    s.leased_at = now_;
    s.warned = false;
    s.purpose.assign(purpose);
    if (settings_.lease_warn > duration::zero())
        warn_at_ = std::min(warn_at_, now_ + settings_.lease_warn);
    wait_times_.record(waited);
    waits_.record(waited);
    --outstanding_;
    out_->push_back(actions::grant{request, slots_.id(index)});
}

void pool_core::give_back(std::uint32_t index) {
    if (waiters_.empty())
        return make_idle(index, true);
    const request_id request = waiters_.front();
    waiters_.remove(request);
    const waiter_queue::waiter& w = waiters_.at(request);
    grant(request, index, w.purpose, now_ - w.since);
}

void pool_core::take_back(std::uint32_t index) {
    const slot& s = slots_[index];
    if (s.generation < generation_)
        return close(index, close_reason::generation);
    if (slots_.live() - slots_.count(slot_state::closing) > settings_.size)
        return close(index, close_reason::idle);
    if ((s.stale && !breaker_.down()) || too_old(s))
        return close(index, close_reason::recycle);
    if (may_expire(s)) {
        expire_from_ = now_ + kill_gap(settings_.recycle, settings_.size);
        return close(index, close_reason::recycle);
    }
    give_back(index);
}

void pool_core::make_idle(std::uint32_t index, bool hot) {
    if (hot)
        slots_.push_hot(index);
    else
        slots_.push_cold(index);
    out_->push_back(actions::park{slots_.id(index)});
}

void pool_core::begin_connect() {
    const std::uint32_t index = slots_.take_free();
    slots_.move(index, slot_state::connecting);
    slots_[index].made = now_;
    slots_[index].expires = time_point::max();
    wait_for(index, settings_.connect_timeout);
    out_->push_back(actions::start_connect{slots_.id(index), now_ + settings_.connect_timeout});
}

void pool_core::begin_ping(std::uint32_t index, bool keepalive) {
    ++pings_;
    slots_.move(index, slot_state::pinging);
    slots_[index].keepalive = keepalive;
    wait_for(index, settings_.ping_timeout);
    out_->push_back(actions::start_ping{slots_.id(index), now_ + settings_.ping_timeout});
}

void pool_core::close(std::uint32_t index, close_reason reason, bool cancel) {
    if (slots_[index].state == slot_state::connecting)
        reason = close_reason::abandoned;
    else
        ++ended_;
    ++closed_[static_cast<std::size_t>(reason)];
    slots_.move(index, slot_state::closing);
    const time_point until = now_ + settings_.close_timeout;
    out_->push_back(actions::start_close{slots_.id(index), reason, cancel,
                                         cancel ? std::min(until, drain_until_) : until});
}

void pool_core::retire_generation() {
    ++generation_;
    while (slots_.cold() != slot_table::none)
        close(slots_.cold(), close_reason::generation);
}

void pool_core::abandon_connects() {
    for (std::uint32_t i = 0; i < slots_.size(); ++i)
        if (slots_[i].state == slot_state::connecting)
            close(i, close_reason::generation);
}

void pool_core::died(const error& cause, time_point made, const std::string* borrower) {
    doubted_at_ =
        now_; // one that is ended seldom goes alone, and the end of each is seen on its own
    say_lost(cause, borrower);
    say_setback(breaker_.lost(cause, made, now_, jitter_.next()), cause);
}

void pool_core::kill() {
    for (std::uint32_t i = 0; i < slots_.size(); ++i)
        if (slots_[i].state == slot_state::leased) {
            say(log_level::warning, "lease_killed",
                "lease \"" + slots_[i].purpose + "\" was still out after " +
                    format_elapsed(now_ - slots_[i].leased_at) + ": cancelled and closed");
            close(i, close_reason::drain, true);
        }
}

bool pool_core::away() const noexcept {
    // One death of a young connection is no outage yet: whoever asks waits for the next one.
    const bool flapping = breaker_.flapping() && breaker_.holding(now_);
    return slots_.usable() == 0 && (breaker_.down() || flapping);
}

bool pool_core::is_fresh(const slot& s) const noexcept {
    return !settings_.pre_ping || (s.heard > doubted_at_ && now_ - s.heard < settings_.ping_after);
}

bool pool_core::too_old(const slot& s) const noexcept {
    return settings_.recycle > duration::zero() && now_ - s.made >= settings_.recycle &&
           !breaker_.down();
}

bool pool_core::may_expire(const slot& s) const noexcept {
    return now_ >= s.expires && now_ >= expire_from_ && !breaker_.down();
}

/// A lease that has been out since before the outage is no proof of life: its server may be as
/// silent as the one that cannot be connected to. A server that refuses us lives.
bool pool_core::someone_answers() const noexcept {
    if (slots_.usable() == 0 || breaker_.operator_needed())
        return slots_.usable() > 0;
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
        const slot& s = slots_[i];
        if (s.state == slot_state::idle || s.state == slot_state::pinging)
            return true;
        if ((s.state == slot_state::leased || s.state == slot_state::resetting) &&
            s.heard >= breaker_.outage_since())
            return true;
    }
    return false;
}

void pool_core::update_state() {
    if (draining_)
        state_ = slots_.live() == 0 ? pool_state::closed : pool_state::draining;
    else if (breaker_.down() || (!breaker_.proven() && breaker_.attempts() > 0))
        state_ = someone_answers() ? pool_state::degraded : pool_state::down;
    else if (!breaker_.proven())
        state_ = pool_state::starting;
    else
        state_ = breaker_.ailing() ? pool_state::degraded : pool_state::up;
}

} // namespace headspace::pool
