// The events: what each one means for the slot and the requests it is about. What follows from the
// new situation is settle()'s part.
#include "pool/pool_core.hpp"

#include "pool/recycler.hpp"

#include <algorithm>

namespace headspace::pool {

pool_core::pool_core(pool_settings settings, jitter_source& jitter)
    : settings_(std::move(settings)), jitter_(jitter), breaker_(settings_),
      allowed_(settings_.size) {
    slots_.reserve(settings_.size);
}

void pool_core::on(const event& e, time_point now, output& out) {
    now_ = now;
    out_ = &out;
    std::visit([this](const auto& what) { handle(what); }, e);
    settle();
    check();
    out_ = nullptr;
}

void pool_core::handle(const events::start&) {
    started_ = true;
}

void pool_core::handle(const events::acquire& e) {
    ++acquires_;
    ++outstanding_;
    if (draining_)
        return fail(e.request, make_error(errc::pool_closing, error_class::refuse,
                                          "the connection pool is closing"));
    while (waiters_.empty() && slots_.hot() != slot_table::none) {
        const std::uint32_t index = slots_.hot();
        if (retired(index))
            continue;
        if (is_fresh(slots_[index]))
            return grant(e.request, index, e.purpose, duration::zero());
        break;
    }
    if (away() && (breaker_.operator_needed() || e.policy == on_down::fail_fast)) {
        ++unavailable_;
        return fail(e.request, unavailable());
    }
    if (waiters_.size() >= settings_.max_waiters) {
        ++queue_full_;
        return fail(e.request, make_error(errc::pool_queue_full, error_class::retry,
                                          std::to_string(waiters_.size()) +
                                              " requests already wait for a connection (" +
                                              occupancy() + ")"));
    }
    ++waited_;
    waiters_.push(e.request, now_, e.until, e.policy, e.purpose);
    waiters_max_ = std::max(waiters_max_, static_cast<std::uint32_t>(waiters_.size()));
    if (e.until <= now_)
        expire_waiters();
}

void pool_core::handle(const events::cancel& e) {
    if (!waiters_.remove(e.request))
        return; // it already has its outcome
    ++cancelled_;
    fail(e.request, make_error(errc::cancelled, error_class::refuse, "the request was cancelled"));
}

void pool_core::handle(const events::connected& e) {
    slot* s = slots_.find(e.slot, slot_state::connecting);
    if (!s)
        return;
    ++connects_ok_;
    first_outcome_ = false;
    connect_times_.record(now_ - s->made);
    connects_.record(now_ - s->made);
    std::vector<time_point> expiries;
    for (std::uint32_t i = 0; i < slots_.size(); ++i)
        if (i != e.slot.index && slots_[i].state != slot_state::free)
            expiries.push_back(slots_[i].expires);
    s->made = s->idle_since = s->heard = now_;
    alive_at_ = now_;
    s->generation = generation_;
    s->expires = plan_expiry(now_, settings_.recycle, kill_gap(settings_.recycle, settings_.size),
                             jitter_.next(), expiries);
    s->keepalive_after = settings_.keepalive - std::chrono::duration_cast<duration>(
                                                   settings_.keepalive / 10 * jitter_.next());
    const time_point since = breaker_.outage_since();
    const std::uint64_t attempts = breaker_.attempts();
    say_recovery(breaker_.connected(now_), since, attempts);
    say_more_lost();
    give_back(e.slot.index);
}

void pool_core::handle(const events::connect_failed& e) {
    if (!slots_.find(e.slot, slot_state::connecting))
        return;
    slots_.move(e.slot.index, slot_state::free);
    connect_failed(e.cause);
}

void pool_core::connect_failed(const error& cause) {
    ++connects_failed_;
    // 57P03: the server is going down and waits for us to leave, or has come up anew. 25006: it is
    // a standby now. Either way what is open here does not belong to the server that is wanted.
    if (cause.sqlstate == "57P03" || cause.sqlstate == "25006")
        retire_generation();
    say_setback(breaker_.connect_failed(cause, slots_.usable(), now_, jitter_.next()), cause);
    first_outcome_ = false;
}

void pool_core::handle(const events::pinged& e) {
    slot* s = slots_.find(e.slot, slot_state::pinging);
    if (!s)
        return;
    s->heard = now_;
    alive_at_ = now_;
    if (s->generation < generation_)
        close(e.slot.index, close_reason::generation);
    else if (!waiters_.empty())
        give_back(e.slot.index);
    else
        make_idle(e.slot.index, !s->keepalive);
}

void pool_core::handle(const events::ping_failed& e) {
    if (slot* s = slots_.find(e.slot, slot_state::pinging)) {
        const bool current = s->generation == generation_;
        const time_point made = s->made;
        close(e.slot.index, close_reason::ping);
        if (current) // what is as old as this one is as dead
            retire_generation();
        died(e.cause, made, nullptr);
    }
}

void pool_core::handle(const events::reset_done& e) {
    slot* s = slots_.find(e.slot, slot_state::resetting);
    if (!s)
        return;
    s->heard = s->idle_since = now_;
    alive_at_ = now_;
    take_back(e.slot.index);
}

void pool_core::handle(const events::reset_failed& e) {
    if (slot* s = slots_.find(e.slot, slot_state::resetting)) {
        const time_point made = s->made;
        close(e.slot.index, close_reason::reset_failed);
        died(e.cause, made, nullptr);
    }
}

void pool_core::handle(const events::lost& e) {
    if (slot* s = slots_.find(e.slot, slot_state::idle)) {
        const time_point made = s->made;
        close(e.slot.index, close_reason::dead_idle);
        died(e.cause, made, nullptr);
    }
}

void pool_core::handle(const events::released& e) {
    slot* s = slots_.find(e.slot, slot_state::leased);
    if (!s)
        return; // closed hard meanwhile
    const std::uint32_t index = e.slot.index;
    if (e.answered > alive_at_.value_or(time_point::min()))
        alive_at_ = e.answered;
    if (s->warned)
        say(log_level::info, "lease_returned",
            "lease \"" + s->purpose + "\" was returned after " +
                format_elapsed(now_ - s->leased_at));
    if (e.verdict == returned::broken) {
        const time_point made = s->made;
        close(index, close_reason::broken);
        error cause = e.cause;
        if (cause.message.empty())
            cause = make_error(errc::connection_lost, error_class::retry, {});
        return died(cause, made, &s->purpose);
    }
    if (draining_)
        return close(index, close_reason::drain);
    if (e.verdict == returned::busy) {
        say(log_level::warning, "returned_busy",
            "lease \"" + s->purpose + "\" was returned in the middle of a statement: closed");
        return close(index, close_reason::dirty);
    }
    if (e.wrong_server) {
        say(log_level::warning, "wrong_server",
            "the server became read-only under lease \"" + s->purpose +
                "\": every connection to it is replaced");
        if (s->generation == generation_)
            retire_generation();
        return close(index, close_reason::generation);
    }
    s->idle_since = s->heard = now_;
    if (e.verdict == returned::clean && !e.dirty && !settings_.reset_always)
        return take_back(index);
    if (e.verdict == returned::in_transaction) {
        ++rollbacks_;
        say(log_level::warning, "rollback_on_return",
            "lease \"" + s->purpose + "\" was returned with a transaction open: rolled back");
    }
    slots_.move(index, slot_state::resetting);
    wait_for(index, settings_.reset_timeout);
    out_->push_back(actions::start_reset{slots_.id(index), now_ + settings_.reset_timeout,
                                         e.verdict == returned::in_transaction,
                                         e.dirty || settings_.reset_always});
}

void pool_core::handle(const events::closed& e) {
    if (slots_.find(e.slot, slot_state::closing))
        slots_.move(e.slot.index, slot_state::free);
}

void pool_core::handle(const events::timer&) {
    armed_ = time_point::max();
    expire_waiters();
    give_up_operations();
    warn_of_leases();
    if (now_ >= tick_at_)
        tick();
    if (breaker_.settle(now_))
        say(log_level::info, "pool_up", "connections last again");
    if (draining_ && now_ >= kill_at_)
        kill();
}

void pool_core::handle(const events::reconnect&) {
    if (draining_)
        return;
    breaker_.force(false);
    retire_generation();
    abandon_connects();
}

void pool_core::handle(const events::recycle&) {
    for (std::uint32_t i = 0; i < slots_.size(); ++i)
        switch (slots_[i].state) {
        case slot_state::idle:
        case slot_state::pinging:
        case slot_state::leased:
        case slot_state::resetting:
            slots_.mark_stale(i);
            break;
        default: // not yet open, or going already
            break;
        }
}

// Hundreds of these may come within a second: what is idle is closed when somebody wants it, or
// replaced with the next tick.
void pool_core::handle(const events::schema_changed&) {
    ++generation_;
}

void pool_core::handle(const events::apply& e) {
    settings_ = e.settings;
    slots_.reserve(settings_.size);
    allowed_ = std::max(settings_.size, slots_.live());
    breaker_.configure(settings_);
    if (!e.new_target || draining_)
        return;
    breaker_.force(true);
    retire_generation();
    abandon_connects();
}

void pool_core::handle(const events::drain& e) {
    drain_until_ = std::min(drain_until_, e.until);
    const duration left = std::max(drain_until_ - now_, duration::zero());
    kill_at_ = std::min(kill_at_, drain_until_ - left / 10);
    if (std::exchange(draining_, true))
        return;
    while (!waiters_.empty()) {
        const request_id request = waiters_.front();
        waiters_.remove(request);
        fail(request,
             make_error(errc::pool_closing, error_class::refuse, "the connection pool is closing"));
    }
    for (std::uint32_t i = 0; i < slots_.size(); ++i)
        switch (slots_[i].state) {
        case slot_state::connecting:
        case slot_state::idle:
        case slot_state::pinging:
        case slot_state::resetting:
            close(i, close_reason::drain);
            break;
        default:
            break;
        }
    if (kill_at_ <= now_)
        kill();
}

} // namespace headspace::pool
