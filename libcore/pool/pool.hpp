// The Asio driver of the pool: runs the actions that pool_core decides and feeds it their outcomes.
#pragma once

#include "base/event.hpp"
#include "base/jitter.hpp"
#include "pg/session.hpp"
#include "pool/snapshot.hpp"

#include <functional>
#include <memory>
#include <string>

namespace headspace::pool {

/// The pool's view of the settings, validated and reshaped once (config::database_settings has
/// units and defaults).
struct pool_settings {
    std::uint32_t size = 10;
    std::uint32_t min_idle = 1;
    std::uint32_t max_waiters = 1000;
    std::uint32_t connect_parallelism = 4;
    duration recycle{};
    bool pre_ping = true;
    duration ping_after{};
    duration ping_timeout{};
    duration keepalive{};
    duration idle_timeout{};
    duration tick{};
    duration lease_warn{};
    bool reset_always = false;
    duration reset_timeout{};
    duration close_timeout{};
    duration connect_timeout{}; // of one round, see config connect_round_timeout
    duration backoff_initial{};
    duration backoff_max{};
    duration stable_after{};
    duration operator_interval{};
};

enum class on_down {
    wait,      // wait to the deadline while the failure is transient
    fail_fast, // answer with the cached error at once: health checks
};

struct acquire_options {
    time_point until;
    on_down policy = on_down::wait;
    std::string purpose; // shown by `headspacectl pool`
};

class pool;

/// A borrowed connection. Move-only; going out of scope gives it back. Must not outlive its pool's
/// executor.
class lease {
public:
    lease() noexcept = default;
    lease(lease&& other) noexcept;
    lease& operator=(lease&& other) noexcept;
    ~lease();

    [[nodiscard]] explicit operator bool() const noexcept { return session_ != nullptr; }
    pg::session* operator->() const noexcept { return session_; }
    pg::session& operator*() const noexcept { return *session_; }

    /// The session's settings were changed: it is reset (DISCARD ALL) before anyone else gets it.
    void mark_dirty() noexcept;
    /// Gives the connection back now; idempotent.
    void release() noexcept;

private:
    friend class pool;
    struct token;
    std::shared_ptr<token> token_;
    pg::session* session_ = nullptr;
};

/// Owns every pooled connection. One executor; only a lease may be released elsewhere (it posts).
class pool {
public:
    pool(asio::any_io_executor executor, pool_settings settings,
         std::shared_ptr<pg::connector> connector, jitter_source& jitter, event_sink events);
    ~pool(); // nothing may be live: call drain() first
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    /// Begins to open min_idle connections.
    void start();

    /// Errors: pool_exhausted, database_unavailable (with the last connect error), pool_queue_full,
    /// pool_closing, cancelled. Per-operation cancellation (terminal or total) takes the waiter out
    /// of the queue in O(1).
    asio::awaitable<result<lease>> acquire(acquire_options options);

    /// Completes when the first round of connecting has an outcome (success: empty).
    asio::awaitable<result<void>> first_outcome();

    [[nodiscard]] pool_snapshot snapshot() const;

    /// Ends the backoff and connects now; every connection older than now is retired (idle ones at
    /// once).
    void reconnect();
    /// Retires every connection without touching the backoff: replaced one by one.
    void recycle();
    /// New settings; a new connector bumps the generation, nullptr keeps the old one.
    void apply(pool_settings settings, std::shared_ptr<pg::connector> connector);

    /// Refuses new requests, fails waiters, waits for leases until `until`, then cancels and closes
    /// hard. Completes when nothing is live. A second call only brings `until` forward.
    asio::awaitable<void> drain(time_point until);

    /// Called after every change of snapshot().state, on the executor.
    void on_state_change(std::function<void(pool_state)> observer);
    /// False once an invariant was seen broken: the watchdog is then not fed.
    [[nodiscard]] bool invariants_hold() const noexcept;

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

} // namespace headspace::pool
