// The Asio driver of the pool: runs the actions that pool_core decides and feeds it their outcomes.
#pragma once

#include "base/event.hpp"
#include "base/jitter.hpp"
#include "pg/session.hpp"
#include "pool/actions.hpp"
#include "pool/pool_settings.hpp"
#include "pool/snapshot.hpp"

#include <functional>
#include <memory>
#include <string>

namespace headspace::pool {

/// Name an object of it before `co_await acquire(...)`: g++ 12 destroys a temporary built from
/// braces in that expression twice.
struct acquire_options {
    time_point until;
    on_down policy = on_down::wait;
    std::string purpose; // shown by `headspacectl pool`
};

class driver;

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
    /// The server is no longer the one that was wanted (25006: it became a standby): the connection
    /// is closed on return and every other one of its generation is retired.
    void mark_wrong_server() noexcept;
    /// Gives the connection back now; idempotent.
    void release() noexcept;

private:
    friend class driver;
    struct token;
    std::shared_ptr<token> token_;
    pg::session* session_ = nullptr;
};

/// Owns every pooled connection. One executor, on which all of this is called and completes; only a
/// lease may be released elsewhere (it posts).
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
    /// After a commit that changed the schema: plans that connections remember may not fit any more
    /// ("cached plan must not change result type"), so none that is open now is lent again. A lease
    /// that is out keeps its connection.
    void schema_changed();
    /// New settings; a new connector bumps the generation, nullptr keeps the old one.
    void apply(pool_settings settings, std::shared_ptr<pg::connector> connector);

    /// Refuses new requests, fails waiters, waits for leases, then cancels what they run and closes
    /// hard; the last tenth of the time up to `until` is for the cancelling. Completes when nothing
    /// is live. A second call only brings `until` forward.
    asio::awaitable<void> drain(time_point until);

    /// Called after every change of snapshot().state, on the executor.
    void on_state_change(std::function<void(pool_state)> observer);
    /// False once an invariant was seen broken: the watchdog is then not fed.
    [[nodiscard]] bool invariants_hold() const noexcept;

private:
    std::shared_ptr<driver> driver_;
};

} // namespace headspace::pool
