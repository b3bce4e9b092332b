// Decides who gets which connection when, what is opened, checked, reset and closed, and what the
// log says about it. Pure: no I/O, no clock, no randomness, no locks; knows no libpq. The driver
// feeds it what happened and carries out what it answers.
#pragma once

#include "base/jitter.hpp"
#include "metrics/buckets.hpp"
#include "metrics/histogram.hpp"
#include "pool/actions.hpp"
#include "pool/breaker.hpp"
#include "pool/slots.hpp"
#include "pool/snapshot.hpp"
#include "pool/waiters.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace headspace::pool {

class pool_core {
public:
    using output = std::vector<action>;

    pool_core(pool_settings settings, jitter_source& jitter);

    /// The only entry point. `now` never goes back. Appends to `out`, in the order to be done;
    /// every acquire gets exactly one grant or fail, now or later.
    void on(const event& e, time_point now, output& out);

    [[nodiscard]] pool_snapshot snapshot(time_point now) const;
    [[nodiscard]] pool_state state() const noexcept { return state_; }
    /// Checked after every event; once false it stays false.
    [[nodiscard]] bool invariants_hold() const noexcept { return sound_; }
    [[nodiscard]] const metrics::histogram& wait_times() const noexcept { return wait_times_; }
    [[nodiscard]] const metrics::histogram& connect_times() const noexcept {
        return connect_times_;
    }

private:
    // Events, pool_core.cpp.
    void handle(const events::start&);
    void handle(const events::acquire& e);
    void handle(const events::cancel& e);
    void handle(const events::connected& e);
    void handle(const events::connect_failed& e);
    void handle(const events::pinged& e);
    void handle(const events::ping_failed& e);
    void handle(const events::reset_done& e);
    void handle(const events::reset_failed& e);
    void handle(const events::lost& e);
    void handle(const events::released& e);
    void handle(const events::closed& e);
    void handle(const events::timer&);
    void handle(const events::reconnect&);
    void handle(const events::recycle&);
    void handle(const events::schema_changed&);
    void handle(const events::apply& e);
    void handle(const events::drain& e);

    // Steps, pool_core_steps.cpp.
    void settle();
    void serve();
    /// Closes an idle connection that must not be lent any more.
    bool retired(std::uint32_t index);
    void refuse_waiters();
    void open();
    void shed();
    void grant(request_id request, std::uint32_t index, std::string_view purpose, duration waited);
    /// To the first waiter, or idle.
    void give_back(std::uint32_t index);
    /// As give_back(), unless it is to be retired.
    void take_back(std::uint32_t index);
    void make_idle(std::uint32_t index, bool hot);
    void begin_connect();
    void begin_ping(std::uint32_t index, bool keepalive);
    void close(std::uint32_t index, close_reason reason, bool cancel = false);
    void retire_generation();
    void abandon_connects();
    void connect_failed(const error& cause);
    void died(const error& cause, time_point made, const std::string* borrower);
    void kill();
    void wait_for(std::uint32_t index, duration timeout);
    [[nodiscard]] bool away() const noexcept;
    [[nodiscard]] bool is_fresh(const slot& s) const noexcept;
    [[nodiscard]] bool too_old(const slot& s) const noexcept;
    [[nodiscard]] bool may_expire(const slot& s) const noexcept;
    [[nodiscard]] bool someone_answers() const noexcept;
    void update_state();

    // Time, pool_core_time.cpp.
    void expire_waiters();
    void give_up_operations();
    void warn_of_leases();
    void tick();
    void rearm();

    // Words and numbers, pool_core_words.cpp.
    void fail(request_id request, error e);
    [[nodiscard]] error out_of_time(const waiter_queue::waiter& w) const;
    [[nodiscard]] error unavailable() const;
    [[nodiscard]] std::string occupancy() const;
    void say(log_level level, std::string name, std::string message, const error* cause = nullptr);
    void say_setback(setback what, const error& cause);
    void say_recovery(recovery what, time_point since, std::uint64_t attempts);
    void say_lost(const error& cause, const std::string* borrower);
    void say_more_lost();
    void check();
    void violated(const char* what);

    pool_settings settings_;
    jitter_source& jitter_;
    breaker breaker_;
    slot_table slots_;
    waiter_queue waiters_;

    // Of the event in progress.
    time_point now_{};
    output* out_ = nullptr;

    pool_state state_ = pool_state::starting;
    bool started_ = false;
    bool draining_ = false;
    bool sound_ = true;
    std::uint64_t generation_ = 1;
    std::uint32_t allowed_ = 0;     // live may not exceed it: size, or more after it was reduced
    std::uint64_t outstanding_ = 0; // acquires without an outcome

    time_point armed_ = time_point::max();
    time_point tick_at_ = time_point::max();
    time_point warn_at_ = time_point::max();    // no lease is to be named before
    time_point overdue_at_ = time_point::max(); // no operation is to be given up before
    time_point drain_until_ = time_point::max();
    time_point kill_at_ = time_point::max();
    time_point expire_from_ = time_point::min(); // no retirement for age before, but at full age
    std::optional<time_point> alive_at_;
    time_point doubted_at_ =
        time_point::min();      // the last death: what was heard before proves nothing
    bool first_outcome_ = true; // of connecting is still to come

    std::uint64_t lost_unsaid_ = 0; // idle connections that died since the last line about one
    bool lost_said_ = false;

    std::uint32_t waiters_max_ = 0;
    std::uint64_t acquires_ = 0, waited_ = 0, timeouts_ = 0, unavailable_ = 0, queue_full_ = 0,
                  cancelled_ = 0, connects_ok_ = 0, connects_failed_ = 0, pings_ = 0,
                  rollbacks_ = 0;
    std::array<std::uint64_t, close_reasons> closed_{};
    std::uint64_t ended_ = 0; // of those that were connected
    metrics::histogram wait_times_;
    metrics::histogram connect_times_;
    metrics::buckets waits_{metrics::short_bounds};
    metrics::buckets connects_{metrics::short_bounds};
};

} // namespace headspace::pool
