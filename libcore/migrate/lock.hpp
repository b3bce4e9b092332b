// The lock that lets one run at a time migrate a database: a transaction-level advisory lock on a
// connection of its own, so that it also holds through a transaction-mode pooler and is free at
// once when its holder dies. Polled, never waited for: a blocked waiter's snapshot would deadlock
// with CREATE INDEX CONCURRENTLY.
#pragma once

#include "migrate/run_context.hpp"

#include <memory>

namespace headspace::migrate {

class migration_lock {
public:
    explicit migration_lock(std::shared_ptr<run_context> context) : context_(std::move(context)) {}
    ~migration_lock();
    migration_lock(const migration_lock&) = delete;
    migration_lock& operator=(const migration_lock&) = delete;

    /// Tries until lock_wait is over, then proves that the lock excludes the connection that
    /// migrates. From then on its connection is watched: when it dies, the run is interrupted.
    /// Errors: lock_busy with the holder, lock_broken, cancelled, database_unavailable,
    /// connection_lost.
    asio::awaitable<result<void>> acquire();
    asio::awaitable<void> release();

private:
    asio::awaitable<result<bool>> try_on(std::shared_ptr<pg::session> session);
    asio::awaitable<result<void>> prove();

    std::shared_ptr<run_context> context_;
    std::shared_ptr<pg::session> session_;
};

} // namespace headspace::migrate
