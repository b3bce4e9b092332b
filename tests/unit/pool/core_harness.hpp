// A pool_core under a clock that only the test moves; what it answers as short words.
#pragma once

#include "pool/pool_core.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace headspace::pool::testing {

using namespace std::chrono_literals;

inline errc code_of(const error& e) {
    return static_cast<errc>(e.code.value());
}

struct fixed_jitter final : jitter_source {
    double value = 0.0;
    double next() override { return value; }
};

inline pool_settings usual() {
    pool_settings s;
    s.size = 3;
    s.min_idle = 1;
    s.max_waiters = 100;
    s.connect_parallelism = 4;
    s.recycle = 0s;
    s.pre_ping = true;
    s.ping_after = 1s;
    s.ping_timeout = 2s;
    s.keepalive = 0s;
    s.idle_timeout = 600s;
    s.tick = 30s;
    s.lease_warn = 60s;
    s.reset_timeout = 5s;
    s.close_timeout = 5s;
    s.connect_timeout = 15s;
    s.backoff_initial = 100ms;
    s.backoff_max = 30s;
    s.stable_after = 10s;
    s.operator_interval = 30s;
    s.repeat = 60s;
    s.log_fields = {{"HOST", "db"}, {"PORT", "5432"}};
    return s;
}

inline error refused() {
    error e = make_error(errc::database_unavailable, error_class::retry,
                         "Connection refused (db:5432)", "is PostgreSQL running there?");
    e.sqlstate = "08001";
    return e;
}

inline error failure(std::string sqlstate, error_class kind = error_class::retry) {
    error e = make_error(errc::database_unavailable, kind, "server said " + sqlstate);
    e.sqlstate = std::move(sqlstate);
    return e;
}

using words = std::vector<std::string>;

class core_harness {
public:
    explicit core_harness(pool_settings settings = usual()) : core(std::move(settings), jitter) {}

    fixed_jitter jitter;
    pool_core core;
    time_point now{1000h};
    words did;                     // since the last take()
    words logged;                  // "level name: message"
    std::vector<log_event> events; // the same, whole
    std::map<request_id, error> failed;
    std::map<request_id, slot_id> granted;
    std::vector<duration> connect_times; // when each start_connect came, since `began`
    time_point began = now;
    std::uint32_t last_connect = 0; // slot of the last start_connect

    void on(const event& e) {
        pool_core::output out;
        core.on(e, now, out);
        for (const action& a : out)
            std::visit([this](const auto& what) { note(what); }, a);
        EXPECT_TRUE(core.invariants_hold());
    }

    /// Lets time pass; timers fire at their time.
    void advance(duration d) {
        const time_point until = now + d;
        while (armed <= until) {
            now = std::max(now, armed);
            armed = time_point::max();
            on(events::timer{});
        }
        now = until;
    }

    words take() { return std::exchange(did, {}); }
    words take_log() { return std::exchange(logged, {}); }

    slot_id id(std::uint32_t slot) const { return ids_.at(slot); }
    void start() { on(events::start{}); }
    void connected(std::uint32_t slot) { on(events::connected{id(slot)}); }
    void connect_failed(std::uint32_t slot, error e) {
        on(events::connect_failed{id(slot), std::move(e)});
    }
    void acquire(request_id r, duration patience = 30s, on_down policy = on_down::wait,
                 std::string_view purpose = "test") {
        on(events::acquire{r, now + patience, policy, purpose});
    }
    void release(std::uint32_t slot, returned verdict = returned::clean, bool dirty = false,
                 bool wrong_server = false) {
        on(events::released{id(slot), verdict, dirty, wrong_server});
    }
    void closed(std::uint32_t slot) { on(events::closed{id(slot)}); }

    /// `n` connections open and idle.
    void warm_up(std::uint32_t n) {
        start();
        connected(0);
        for (request_id r = 0; r < n; ++r)
            acquire(900 + r);
        for (std::uint32_t i = 0; i < n; ++i)
            if (ids_.contains(i) && state_[i] == 'c')
                connected(i);
        for (std::uint32_t i = 0; i < n; ++i)
            release(i);
        EXPECT_EQ(core.snapshot(now).idle, n);
        did.clear();
        logged.clear();
        events.clear();
        granted.clear();
    }

private:
    static std::string text(std::uint32_t n) { return std::to_string(n); }

    void note(const actions::start_connect& a) {
        ids_[a.slot.index] = a.slot;
        state_[a.slot.index] = 'c';
        connect_times.push_back(now - began);
        last_connect = a.slot.index;
        did.push_back("connect " + text(a.slot.index));
    }
    void note(const actions::start_ping& a) {
        ids_[a.slot.index] = a.slot;
        did.push_back("ping " + text(a.slot.index));
    }
    void note(const actions::start_reset& a) {
        ids_[a.slot.index] = a.slot;
        did.push_back("reset " + text(a.slot.index) + (a.rollback ? " rollback" : "") +
                      (a.discard ? " discard" : ""));
    }
    void note(const actions::start_close& a) {
        ids_[a.slot.index] = a.slot;
        did.push_back("close " + text(a.slot.index) + " " + std::string(to_string(a.reason)) +
                      (a.cancel ? " cancel" : ""));
    }
    void note(const actions::park& a) {
        ids_[a.slot.index] = a.slot;
        did.push_back("park " + text(a.slot.index));
    }
    void note(const actions::grant& a) {
        ids_[a.slot.index] = a.slot;
        state_[a.slot.index] = 'l';
        granted[a.request] = a.slot;
        did.push_back("grant " + text(a.slot.index) + " to " + text(a.request));
    }
    void note(const actions::fail& a) {
        failed.insert_or_assign(a.request, a.cause);
        did.push_back("fail " + text(a.request));
    }
    void note(const actions::arm_timer& a) { armed = a.at; }
    void note(const log_event& e) {
        logged.push_back(std::string(to_string(e.level)) + " " + e.name + ": " + e.message);
        events.push_back(e);
    }

    time_point armed = time_point::max();
    std::map<std::uint32_t, slot_id> ids_;
    std::map<std::uint32_t, char> state_;
};

} // namespace headspace::pool::testing
