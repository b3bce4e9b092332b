// Random walks against the invariants, and every outcome of every operation with a cancellation at
// every step.
#include "core_harness.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <set>

using namespace headspace;
using namespace headspace::pool;
using namespace headspace::pool::testing;

namespace {

// Plays the driver and a moody server, and keeps its own books about what the core may do.
class walker {
public:
    walker(std::uint64_t seed, pool_settings settings)
        : engine_(seed), jitter_(seed), settings_(settings), core_(settings, jitter_) {}

    void run(int steps) {
        on(events::start{});
        for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i)
            step();
        finish();
    }

private:
    enum class job { connect, ping, reset, close };

    double chance() { return std::uniform_real_distribution<double>()(engine_); }
    std::size_t pick(std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_);
    }
    template<class T>
    T take_any(std::vector<T>& from) {
        std::swap(from[pick(from.size())], from.back());
        T value = from.back();
        from.pop_back();
        return value;
    }

    void on(const event& e) {
        pool_core::output out;
        core_.on(e, now_, out);
        for (const action& a : out)
            std::visit([this](const auto& what) { note(what); }, a);
        ASSERT_TRUE(core_.invariants_hold());
        const pool_snapshot s = core_.snapshot(now_);
        ASSERT_EQ(s.live, s.connecting + s.idle + s.pinging + s.leased + s.resetting + s.closing);
        ASSERT_LE(s.live, cap_);
        ASSERT_TRUE(s.waiters <= s.pinging || s.idle == 0);
        ASSERT_EQ(s.waiters, waiting_.size());
        ASSERT_EQ(s.leased, leases_.size());
        ASSERT_TRUE(waiting_.empty() || armed_ <= earliest_deadline());
        cap_ = std::max(settings_.size, s.live);
    }

    time_point earliest_deadline() const {
        time_point at = time_point::max();
        for (const auto& [r, until] : waiting_)
            at = std::min(at, std::max(until, now_));
        return at;
    }

    void note(const actions::start_connect& a) { begin(job::connect, a.slot); }
    void note(const actions::start_ping& a) {
        leave_idle(a.slot);
        begin(job::ping, a.slot);
    }
    void note(const actions::start_reset& a) { begin(job::reset, a.slot); }
    void note(const actions::start_close& a) {
        leave_idle(a.slot);
        ASSERT_TRUE(closing_.insert(a.slot.index).second) << "closed twice";
        std::erase_if(leases_, [&](slot_id l) { return l.index == a.slot.index; });
        begin(job::close, a.slot);
    }
    void note(const actions::park& a) { idle_.push_back(a.slot); }
    void note(const actions::grant& a) {
        ASSERT_FALSE(draining_);
        leave_idle(a.slot);
        outcome(a.request);
        leases_.push_back(a.slot);
    }
    void note(const actions::fail& a) { outcome(a.request); }
    void note(const actions::arm_timer& a) { armed_ = a.at; }
    void note(const log_event& e) { ASSERT_NE(e.level, log_level::critical) << e.message; }

    void begin(job what, slot_id slot) { jobs_.push_back({what, slot}); }
    void leave_idle(slot_id slot) {
        std::erase_if(idle_, [&](slot_id i) { return i.index == slot.index; });
    }
    void outcome(request_id r) {
        ASSERT_EQ(waiting_.erase(r), 1u) << "a second outcome for " << r;
        free_requests_.push_back(r);
    }

    error any_error() {
        static const std::vector<std::string> states{"",      "08001", "57P03", "53300",
                                                     "57P01", "25006", "28P01"};
        const std::string& s = states[pick(states.size())];
        return failure(s, s == "28P01" ? error_class::unavailable : error_class::retry);
    }

    void step() {
        const double what = chance();
        if (what < 0.30)
            acquire();
        else if (what < 0.50 && !leases_.empty())
            release();
        else if (what < 0.80 && !jobs_.empty())
            finish_job();
        else if (what < 0.90)
            pass_time();
        else if (what < 0.94 && !waiting_.empty())
            on(events::cancel{
                std::next(waiting_.begin(), static_cast<std::ptrdiff_t>(pick(waiting_.size())))
                    ->first});
        else if (what < 0.97 && !idle_.empty())
            on(events::lost{idle_[pick(idle_.size())], any_error()});
        else if (what < 0.975)
            on(events::recycle{});
        else if (what < 0.98)
            on(events::reconnect{});
        else if (what < 0.985)
            reload();
        else if (what < 0.99)
            mood_ = chance();
        else
            on(events::closed{{static_cast<std::uint32_t>(pick(4)), 1}}); // a stale completion
    }

    void acquire() {
        request_id r = next_request_;
        if (free_requests_.empty())
            ++next_request_;
        else
            r = take_any(free_requests_);
        const time_point until = now_ + std::chrono::milliseconds(pick(5000));
        waiting_[r] = until;
        on(events::acquire{r, until, chance() < 0.1 ? on_down::fail_fast : on_down::wait, "walk"});
    }

    void release() {
        const slot_id slot = take_any(leases_);
        const double d = chance();
        const returned verdict = d < 0.8    ? returned::clean
                                 : d < 0.9  ? returned::in_transaction
                                 : d < 0.95 ? returned::broken
                                            : returned::busy;
        on(events::released{slot, verdict, chance() < 0.1, chance() < 0.02});
    }

    void finish_job() {
        const auto [what, slot] = take_any(jobs_);
        const bool well = chance() < mood_;
        if (what == job::connect)
            well ? on(events::connected{slot}) : on(events::connect_failed{slot, any_error()});
        else if (what == job::ping)
            well ? on(events::pinged{slot}) : on(events::ping_failed{slot, any_error()});
        else if (what == job::reset)
            well ? on(events::reset_done{slot}) : on(events::reset_failed{slot, any_error()});
        else {
            closing_.erase(slot.index);
            on(events::closed{slot});
        }
    }

    void pass_time() {
        const double d = chance();
        const auto span = std::chrono::milliseconds(d < 0.7    ? pick(100)
                                                    : d < 0.95 ? pick(5000)
                                                               : pick(400000));
        const time_point until = now_ + span;
        while (armed_ <= until) {
            now_ = std::max(now_, armed_);
            armed_ = time_point::max();
            on(events::timer{});
            if (::testing::Test::HasFailure())
                return;
        }
        now_ = until;
    }

    void reload() {
        settings_.size = static_cast<std::uint32_t>(1 + pick(8));
        settings_.min_idle = static_cast<std::uint32_t>(pick(settings_.size + 1));
        settings_.max_waiters = static_cast<std::uint32_t>(1 + pick(40));
        cap_ = std::max(cap_, settings_.size);
        on(events::apply{settings_, chance() < 0.3});
    }

    void finish() {
        draining_ = true;
        on(events::drain{now_ + 10s});
        while (!leases_.empty() && chance() < 0.7)
            release();
        for (int i = 0; i < 20; ++i)
            pass_time(), now_ += 1s;
        while (!jobs_.empty())
            finish_job();
        EXPECT_EQ(core_.state(), pool_state::closed);
        EXPECT_TRUE(waiting_.empty());
    }

    std::mt19937_64 engine_;
    random_jitter jitter_;
    pool_settings settings_;
    pool_core core_;
    time_point now_{1000h};
    time_point armed_ = time_point::max();
    double mood_ = 0.8;
    bool draining_ = false;
    std::uint32_t cap_ = 100;
    request_id next_request_ = 0;
    std::vector<request_id> free_requests_;
    std::map<request_id, time_point> waiting_;
    std::vector<slot_id> leases_, idle_;
    std::vector<std::pair<job, slot_id>> jobs_;
    std::set<std::uint32_t> closing_;
};

enum class way { ok, failed, slow, never };

std::string name_of(way w) {
    switch (w) {
    case way::ok:
        return "ok";
    case way::failed:
        return "error";
    case way::slow:
        return "slow";
    case way::never:
        return "never";
    }
    return {};
}

} // namespace

TEST(pool_core_walk, a_hundred_thousand_random_events_break_no_invariant) {
    std::random_device entropy;
    for (int round = 0; round < 2; ++round) {
        const std::uint64_t seed = round == 0 ? 1 : entropy();
        SCOPED_TRACE("seed " + std::to_string(seed));
        pool_settings s = usual();
        s.size = 5;
        s.recycle = 600s;
        s.keepalive = 60s;
        s.max_waiters = 20;
        walker(seed, s).run(100000);
        if (HasFailure())
            return;
    }
}

namespace {

// A pool of one. Request 1 needs a connect, request 2 a ping, request 3 waits for a reset; one of
// the three is cancelled at one of the steps. Whatever happens, each has exactly one outcome and
// the pool works afterwards.
void live_through(way connect, way ping, way reset, int cancel_at) {
    pool_settings s = usual();
    s.size = 1;
    s.lease_warn = 0s;
    core_harness h(s);
    int step = 0;
    request_id asking = 0;
    const auto maybe_cancel = [&] {
        if (step++ == cancel_at)
            h.on(events::cancel{asking});
    };
    // Answers what the core has begun; later begun operations go well.
    const auto answer = [&](const char* verb, way how) {
        const words todo = h.take();
        const auto mine = std::find_if(todo.begin(), todo.end(),
                                       [&](const std::string& w) { return w.starts_with(verb); });
        if (mine == todo.end())
            return;
        maybe_cancel();
        if (how == way::slow || how == way::never)
            h.advance(how == way::slow ? 1900ms : 25s);
        maybe_cancel();
        const bool well = how == way::ok || how == way::slow;
        const slot_id id = h.id(0);
        if (how == way::never) // the core gave it up: nothing to answer
            return;
        if (std::string_view(verb) == "connect")
            well ? h.on(events::connected{id}) : h.on(events::connect_failed{id, refused()});
        else if (std::string_view(verb) == "ping")
            well ? h.on(events::pinged{id}) : h.on(events::ping_failed{id, refused()});
        else
            well ? h.on(events::reset_done{id}) : h.on(events::reset_failed{id, refused()});
    };
    // Whatever the core wants now succeeds, until it wants nothing more.
    const auto heal = [&] {
        for (int i = 0; i < 20; ++i) {
            const pool_snapshot now = h.core.snapshot(h.now);
            if (now.closing > 0)
                h.closed(0);
            else if (now.connecting > 0)
                h.connected(0);
            else if (now.pinging > 0)
                h.on(events::pinged{h.id(0)});
            else if (now.resetting > 0)
                h.on(events::reset_done{h.id(0)});
            else if (now.leased > 0)
                h.release(0);
            else if (now.idle > 0)
                return;
            else
                h.advance(1s);
        }
    };

    h.start();
    asking = 1;
    h.acquire(1, 40s);
    answer("connect", connect);
    heal();
    h.advance(5s);
    h.take();
    asking = 2;
    h.acquire(2, 40s);
    answer("ping", ping);
    heal();
    h.take();
    asking = 4;
    h.acquire(4, 40s);
    if (h.granted.contains(4)) {
        h.release(0, returned::in_transaction, true);
        asking = 3;
        h.acquire(3, 40s);
        answer("reset", reset);
    }
    heal();
    h.advance(60s);
    heal();
    for (const request_id r : {1u, 2u, 3u, 4u})
        EXPECT_EQ(h.granted.contains(r) + h.failed.contains(r), 1) << "request " << r;
    h.take();
    h.acquire(5);
    heal();
    EXPECT_TRUE(h.granted.contains(5));
    h.on(events::drain{h.now + 1s});
    h.closed(0);
    EXPECT_EQ(h.core.state(), pool_state::closed);
}

} // namespace

TEST(pool_core_matrix, every_request_has_one_outcome_and_the_pool_still_works) {
    constexpr std::array ways{way::ok, way::failed, way::slow, way::never};
    for (const way connect : ways)
        for (const way ping : ways)
            for (const way reset : ways)
                for (int cancel_at = -1; cancel_at < 6; ++cancel_at) {
                    SCOPED_TRACE("connect " + name_of(connect) + ", ping " + name_of(ping) +
                                 ", reset " + name_of(reset) + ", cancelled at step " +
                                 std::to_string(cancel_at));
                    live_through(connect, ping, reset, cancel_at);
                    if (HasFailure())
                        return;
                }
}
