// What the pool says: error texts, log events, numbers, and whether it still makes sense.
#include "pool/pool_core.hpp"

#include <algorithm>
#include <cstdio>

namespace headspace::pool {

namespace {

// "30.0 s": with its decimal, as the limits in the configuration are compared with it.
std::string seconds(duration d) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s",
                  std::chrono::duration<double>(std::max(d, duration::zero())).count());
    return text;
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view several) {
    return std::to_string(number).append(number == 1 ? one : several);
}

std::string more_lost(std::uint64_t number) {
    return counted(number, " more connection was", " more connections were") + " lost";
}

} // namespace

void pool_core::fail(request_id request, error e) {
    --outstanding_;
    out_->push_back(actions::fail{request, std::move(e)});
}

std::string pool_core::occupancy() const {
    const std::uint32_t leased = slots_.count(slot_state::leased);
    std::string text = std::to_string(leased) + " of " + std::to_string(settings_.size) +
                       " in use, " + std::to_string(waiters_.size()) + " waiting";
    const slot* longest = nullptr;
    for (std::uint32_t i = 0; leased > 0 && i < slots_.size(); ++i)
        if (slots_[i].state == slot_state::leased &&
            (!longest || slots_[i].leased_at < longest->leased_at))
            longest = &slots_[i];
    if (longest)
        text +=
            ", longest: \"" + longest->purpose + "\" " + format_elapsed(now_ - longest->leased_at);
    return text;
}

// The operator's first question is: exhausted or down? Hence two codes.
error pool_core::out_of_time(const waiter_queue::waiter& w) const {
    const bool exhausted =
        slots_.count(slot_state::leased) + slots_.count(slot_state::resetting) > 0;
    std::string message =
        "no connection within " + seconds(w.until - w.since) + " (" + occupancy() + ")";
    error e;
    if (const auto& last = breaker_.last_error()) {
        message += "; last connect error " + format_elapsed(now_ - breaker_.last_error_at()) +
                   " ago: " + last->message;
        e = make_error(exhausted ? errc::pool_exhausted : errc::database_unavailable,
                       exhausted ? error_class::retry : last->kind, message, last->hint);
        e.sqlstate = last->sqlstate;
        return e;
    }
    if (exhausted)
        return make_error(errc::pool_exhausted, error_class::retry, message,
                          "raise pool_size, or look at `headspacectl pool` for who holds them");
    return make_error(errc::database_unavailable, error_class::retry,
                      message + "; connecting has had no outcome yet");
}

error pool_core::unavailable() const {
    error e;
    if (const auto& last = breaker_.last_error())
        e = *last;
    e.code = make_error_code(errc::database_unavailable);
    if (e.kind != error_class::unavailable)
        e.kind = breaker_.operator_needed() ? error_class::unavailable : error_class::retry;
    return e;
}

void pool_core::say(log_level level, std::string name, std::string message, const error* cause) {
    log_event e{level, std::move(name), std::move(message), settings_.log_fields};
    if (cause && !cause->sqlstate.empty())
        e.fields.emplace_back("SQLSTATE", cause->sqlstate);
    out_->push_back(std::move(e));
}

void pool_core::say_setback(setback what, const error& cause) {
    const auto next = [this] {
        const time_point at = breaker_.next_attempt(now_);
        return "; next attempt in " +
               format_elapsed(at == time_point::max() ? duration::zero() : at - now_);
    };
    const log_level level = breaker_.operator_needed() ? log_level::error : log_level::warning;
    switch (what) {
    case setback::none:
        return;
    case setback::opened: {
        std::string message = "database unavailable: " + cause.text();
        if (const std::uint32_t open = slots_.usable())
            message += "; " + counted(open, " connection is", " connections are") + " still open";
        if (lost_unsaid_ > 0)
            message += "; " + more_lost(std::exchange(lost_unsaid_, 0));
        // The first attempt of all is reported by whoever started the pool.
        return say(first_outcome_ ? log_level::debug : level, "pool_down", message + next(),
                   &cause);
    }
    case setback::new_cause:
        return say(level, "pool_down_cause", "still unavailable: " + cause.text() + next(), &cause);
    case setback::repeat:
        return say(level, "pool_still_down",
                   "still unavailable after " + format_elapsed(now_ - breaker_.outage_since()) +
                       ", " + std::to_string(breaker_.attempts()) + " attempts: " + cause.text() +
                       next(),
                   &cause);
    case setback::full:
        return say(log_level::warning, "pool_full",
                   "the server has no room for more connections, " +
                       counted(slots_.usable(), " is", " are") + " open: " + cause.text(),
                   &cause);
    case setback::flapping:
        return say(log_level::warning, "pool_flapping",
                   "connections end right after they were made: " + cause.text() + next(), &cause);
    }
}

void pool_core::say_recovery(recovery what, time_point since, std::uint64_t attempts) {
    if (what == recovery::outage)
        say(log_level::info, "pool_up",
            "recovered after " + format_elapsed(now_ - since) + ", " + std::to_string(attempts) +
                (attempts == 1 ? " attempt" : " attempts"));
    else if (what == recovery::full)
        say(log_level::info, "pool_full_over", "the server has room for as many as are needed");
}

void pool_core::say_lost(const error& cause, const std::string* borrower) {
    if (breaker_.ailing())
        return; // said once already
    constexpr std::string_view already_said = "connection lost: ";
    std::string why = cause.message.empty() ? std::string() : cause.text();
    if (why.starts_with(already_said))
        why.erase(0, already_said.size());
    if (!why.empty())
        why.insert(0, ": ");
    if (cause.sqlstate == "57P05") // idle_session_timeout: the server does as it was told
        return say(log_level::debug, "connection_lost",
                   "the server ended an idle connection" + why +
                       " (a pool_recycle below its idle_session_timeout avoids this)",
                   &cause);
    if (std::exchange(lost_said_, true)) {
        ++lost_unsaid_;
        return;
    }
    if (borrower)
        say(log_level::warning, "connection_lost",
            "connection lost while \"" + *borrower + "\" used it" + why, &cause);
    else
        say(log_level::info, "connection_lost", "connection lost" + why, &cause);
}

void pool_core::say_more_lost() {
    lost_said_ = false;
    if (const std::uint64_t more = std::exchange(lost_unsaid_, 0))
        say(log_level::info, "connection_lost", more_lost(more));
}

void pool_core::check() {
    allowed_ = std::max(settings_.size, std::min(allowed_, slots_.live()));
    if (slots_.live() > allowed_)
        violated("more connections than pool_size");
    if (connects_ok_ - ended_ != slots_.usable())
        violated("what was connected was neither closed nor is it there");
    if (slots_.in_stack() != slots_.count(slot_state::idle))
        violated("an idle connection is not in the stack");
    if (waiters_.size() > slots_.count(slot_state::pinging) && slots_.hot() != slot_table::none)
        violated("a request waits beside an idle connection");
    if (outstanding_ != waiters_.size())
        violated("a request without an outcome is not in the queue");
    if (draining_ && (!waiters_.empty() || slots_.count(slot_state::connecting) > 0 ||
                      slots_.count(slot_state::idle) > 0))
        violated("something was begun after the drain");
    if (!waiters_.empty() && armed_ == time_point::max())
        violated("a deadline without a timer");
}

void pool_core::violated(const char* what) {
    if (std::exchange(sound_, false))
        say(log_level::critical, "pool_invariant", std::string("broken invariant: ") + what);
}

pool_snapshot pool_core::snapshot(time_point now) const {
    pool_snapshot s;
    s.state = state_;
    s.size = settings_.size;
    s.live = slots_.live();
    s.connecting = slots_.count(slot_state::connecting);
    s.idle = slots_.count(slot_state::idle);
    s.pinging = slots_.count(slot_state::pinging);
    s.leased = slots_.count(slot_state::leased);
    s.resetting = slots_.count(slot_state::resetting);
    s.closing = slots_.count(slot_state::closing);
    s.waiters = static_cast<std::uint32_t>(waiters_.size());
    s.waiters_max = waiters_max_;
    if (!waiters_.empty())
        s.longest_wait = now - waiters_.at(waiters_.front()).since;
    waiters_.each([&](const waiter_queue::waiter& w) {
        s.waiting.push_back({w.purpose, now - w.since});
        return s.waiting.size() < most_waiters_named;
    });
    s.generation = generation_;
    if (breaker_.down() || breaker_.holding(now)) {
        const time_point at = breaker_.next_attempt(now);
        s.retry_in = at == time_point::max() ? duration::zero() : at - now;
    }
    s.last_error = breaker_.last_error();
    if (s.last_error)
        s.last_error_age = now - breaker_.last_error_at();
    if (breaker_.down()) {
        s.outage_age = now - breaker_.outage_since();
        s.outage_attempts = breaker_.attempts();
    }
    s.outages = breaker_.outages();
    if (alive_at_)
        s.last_alive_age = now - *alive_at_;
    s.acquires = acquires_;
    s.waited = waited_;
    s.timeouts = timeouts_;
    s.unavailable = unavailable_;
    s.queue_full = queue_full_;
    s.cancelled = cancelled_;
    s.connects_ok = connects_ok_;
    s.connects_failed = connects_failed_;
    s.pings = pings_;
    s.rollbacks_on_return = rollbacks_;
    s.wait_p50 = wait_times_.quantile_time(0.5);
    s.wait_p99 = wait_times_.quantile_time(0.99);
    s.connect_p50 = connect_times_.quantile_time(0.5);
    s.connect_p99 = connect_times_.quantile_time(0.99);
    s.waits = waits_;
    s.connects = connects_;
    for (std::size_t i = 0; i < close_reasons; ++i)
        s.closed.emplace(to_string(static_cast<close_reason>(i)), closed_[i]);
    for (std::uint32_t i = 0; i < slots_.size(); ++i)
        if (slots_[i].state == slot_state::leased)
            s.leases.push_back({slots_[i].purpose, now - slots_[i].leased_at});
    std::sort(s.leases.begin(), s.leases.end(),
              [](const lease_view& a, const lease_view& b) { return a.age > b.age; });
    return s;
}

} // namespace headspace::pool
