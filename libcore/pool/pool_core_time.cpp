// What happens because time has passed.
#include "pool/pool_core.hpp"
#include "pool/recycler.hpp"

#include <algorithm>

namespace headspace::pool {

void pool_core::expire_waiters() {
    while (const auto request = waiters_.expired(now_)) {
        const error e = out_of_time(waiters_.at(*request));
        waiters_.remove(*request);
        ++timeouts_;
        fail(*request, e);
    }
}

void pool_core::wait_for(std::uint32_t index, duration timeout) {
    slots_[index].overdue = now_ + timeout + settings_.close_timeout;
    overdue_at_ = std::min(overdue_at_, slots_[index].overdue);
}

// Sessions keep their own deadlines and say more about a failure. This is for one that does not
// come back at all.
void pool_core::give_up_operations() {
    if (now_ < overdue_at_)
        return;
    overdue_at_ = time_point::max();
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
        const slot& s = slots_[i];
        const bool connecting = s.state == slot_state::connecting;
        const bool pinging = s.state == slot_state::pinging;
        if (!connecting && !pinging && s.state != slot_state::resetting)
            continue;
        if (s.overdue > now_) {
            overdue_at_ = std::min(overdue_at_, s.overdue);
            continue;
        }
        const error cause = make_error(errc::timed_out, error_class::retry,
                                       std::string(connecting ? "connecting"
                                                   : pinging  ? "a ping"
                                                              : "resetting a connection") +
                                           " had no outcome long after its deadline");
        if (pinging) {
            handle(events::ping_failed{slots_.id(i), cause});
        } else if (connecting) {
            close(i, close_reason::broken);
            connect_failed(cause);
        } else {
            handle(events::reset_failed{slots_.id(i), cause});
        }
    }
}

void pool_core::warn_of_leases() {
    if (now_ < warn_at_)
        return;
    warn_at_ = time_point::max();
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
        slot& s = slots_[i];
        if (s.state != slot_state::leased || s.warned)
            continue;
        const time_point due = s.leased_at + settings_.lease_warn;
        if (due > now_) {
            warn_at_ = std::min(warn_at_, due);
            continue;
        }
        s.warned = true;
        say(log_level::warning, "lease_held",
            "lease \"" + s.purpose + "\" has been held for " + format_elapsed(now_ - s.leased_at));
    }
}

void pool_core::tick() {
    tick_at_ =
        time_point::max(); // rearm() sets the next one while there is something to look after
    say_more_lost();
    if (draining_)
        return;
    std::uint32_t oldest = slot_table::none;
    std::uint32_t silent = slot_table::none;
    for (std::uint32_t i = slots_.cold(); i != slot_table::none; i = slots_[i].hotter) {
        const slot& s = slots_[i];
        if (s.generation < generation_ || too_old(s))
            slots_.mark_stale(i);
        else if (may_expire(s) && (oldest == slot_table::none || s.made < slots_[oldest].made))
            oldest = i;
        if (!s.stale && (silent == slot_table::none || s.heard < slots_[silent].heard))
            silent = i;
    }
    if (oldest != slot_table::none) {
        expire_from_ = now_ + kill_gap(settings_.recycle, settings_.size);
        slots_.mark_stale(oldest);
    }
    const std::uint32_t cold = slots_.cold();
    if (cold != slot_table::none && slots_.usable() > settings_.min_idle &&
        now_ - slots_[cold].idle_since >= settings_.idle_timeout) {
        close(cold, close_reason::idle);
        silent = silent == cold ? slot_table::none : silent;
    }
    if (silent != slot_table::none && !slots_[silent].stale && waiters_.empty() &&
        settings_.keepalive > duration::zero() &&
        now_ - slots_[silent].heard >= slots_[silent].keepalive_after)
        begin_ping(silent, true);
}

void pool_core::rearm() {
    if (slots_.usable() == 0)
        tick_at_ = time_point::max();
    else if (tick_at_ == time_point::max())
        tick_at_ = now_ + settings_.tick;
    time_point at = std::min({waiters_.next_deadline(), tick_at_, warn_at_, overdue_at_});
    if (draining_)
        at = std::min(at, slots_.count(slot_state::leased) > 0 ? kill_at_ : time_point::max());
    else
        at = std::min({at, breaker_.next_attempt(now_), breaker_.settles_at()});
    if (at < armed_) {
        armed_ = at;
        out_->push_back(actions::arm_timer{at});
    }
}

} // namespace headspace::pool
