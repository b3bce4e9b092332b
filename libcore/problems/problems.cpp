#include "problems/problems.hpp"

#include <algorithm>
#include <array>

namespace headspace::problems {

namespace {

constexpr auto rows = std::to_array<entry>({
    {errc::internal, "internal", "Internal error", 500, exit_no},
    {errc::io_failed, "io-failed", "Input or output failed", 500, exit_no},
    {errc::timed_out, "timed-out", "Timed out", 504, exit_no},
    {errc::cancelled, "cancelled", "Cancelled", 409, exit_no},
    {errc::config_invalid, "config-invalid", "The configuration is not valid", 422, exit_refused},
    {errc::database_unavailable, "database-unavailable", "The database is unavailable", 503,
     exit_database_unavailable},
    {errc::connection_lost, "connection-lost", "The connection to the database was lost", 503,
     exit_database_unavailable},
    {errc::query_failed, "query-failed", "The server refused a statement", 500, exit_sql_failed},
    {errc::unsupported_server, "unsupported-server", "The server is not supported", 503,
     exit_refused},
    {errc::pool_exhausted, "pool-exhausted", "No connection became free in time", 503,
     exit_database_unavailable},
    {errc::pool_queue_full, "pool-queue-full", "Too many requests wait for a connection", 503,
     exit_database_unavailable},
    {errc::pool_closing, "pool-closing", "The daemon is shutting down", 503,
     exit_database_unavailable},
    {errc::unreadable_directory, "unreadable-directory", "The migrations directory cannot be read",
     409, exit_refused},
    {errc::no_migrations_directory, "no-migrations-directory", "There is no migrations directory",
     409, exit_refused},
    {errc::malformed_file, "malformed-file", "A migration file is malformed", 409, exit_refused},
    {errc::duplicate_revision, "duplicate-revision", "Two files have the same revision", 409,
     exit_refused},
    {errc::missing_parent, "missing-parent", "A revision names a parent that does not exist", 409,
     exit_refused},
    {errc::revision_cycle, "revision-cycle", "The revisions form a cycle", 409, exit_refused},
    {errc::several_heads, "several-heads", "There are several heads", 409, exit_refused},
    {errc::unknown_revision, "unknown-revision", "No such revision", 404, exit_usage},
    {errc::ambiguous_revision, "ambiguous-revision", "The revision is ambiguous", 400, exit_usage},
    {errc::destructive, "destructive", "A pending migration destroys data", 409, exit_refused},
    {errc::edited_revision, "edited-revision", "An applied migration was edited", 409,
     exit_refused},
    {errc::out_of_order, "out-of-order", "A pending migration comes before an applied one", 409,
     exit_refused},
    {errc::no_down, "no-down", "The migration cannot be reverted", 409, exit_refused},
    {errc::not_in_sum, "not-in-sum", "A pending migration is not covered by headspace.sum", 409,
     exit_refused},
    {errc::standby, "standby", "The server is a read-only standby", 409, exit_refused},
    {errc::newer_ledger, "newer-ledger", "The ledger was written by a newer headspaced", 409,
     exit_refused},
    {errc::no_ledger_rights, "no-ledger-rights", "The role may not keep the ledger", 409,
     exit_refused},
    {errc::unsafe_through_pooler, "unsafe-through-pooler", "Not safe through a transaction pooler",
     409, exit_refused},
    {errc::statement_undecided, "statement-undecided", "It is unknown whether a statement finished",
     409, exit_refused},
    {errc::lock_busy, "migration-locked", "Another migration holds the lock", 409, exit_busy},
    {errc::lock_timeout, "lock-timeout", "A lock was not granted in time", 409, exit_sql_failed},
    {errc::lock_broken, "lock-broken", "The endpoint provides no working advisory locks", 409,
     exit_refused},
    {errc::migration_failed, "migration-failed", "A migration failed", 409, exit_sql_failed},
    {errc::no_scratch_rights, "no-scratch-rights", "The role may not make scratch databases", 409,
     exit_refused},
    {errc::schema_invalid, "schema-invalid", "A schema file cannot be loaded", 409,
     exit_sql_failed},
    {errc::unmodelled_objects, "unmodelled-objects", "There are objects that are not compared", 409,
     exit_refused},
    {errc::proof_failed, "proof-failed", "The generated migration could not be proved", 409,
     exit_refused},
    {errc::bad_request, "bad-request", "The request is not valid", 400, exit_usage},
    {errc::not_found, "not-found", "No such resource", 404, exit_usage},
    {errc::method_not_allowed, "method-not-allowed", "The resource does not take this method", 405,
     exit_usage},
    {errc::header_too_large, "header-too-large", "The request's header is too large", 431,
     exit_usage},
    {errc::body_too_large, "body-too-large", "The request's body is too large", 413, exit_usage},
    {errc::not_operator, "not-operator", "Only an operator may do this", 403, exit_refused},
    {errc::operation_running, "operation-running", "Another operation is running", 409, exit_busy},
    {errc::reload_refused, "reload-refused", "The new configuration was refused", 422,
     exit_refused},
    {errc::too_many_connections, "too-many-connections", "Too many connections", 503,
     exit_daemon_unreachable},
    {errc::daemon_unreachable, "daemon-unreachable", "The daemon does not answer", 503,
     exit_daemon_unreachable},
    {errc::socket_permission, "socket-permission", "No permission on the daemon's socket", 403,
     exit_daemon_unreachable},
    {errc::usage, "usage", "Wrong usage", 400, exit_usage},
    {errc::conflict_here, "conflict-here", "Something is in the way here", 409, exit_refused},
});

} // namespace

std::span<const entry> catalogue() noexcept {
    return rows;
}

const entry& find(boost::system::error_code code) noexcept {
    if (code.category() == headspace_category()) {
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const entry& e) {
            return static_cast<int>(e.code) == code.value();
        });
        if (row != rows.end())
            return *row;
    }
    return rows.front();
}

const entry* find(std::string_view name) noexcept {
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const entry& e) { return e.name == name; });
    return row == rows.end() ? nullptr : &*row;
}

} // namespace headspace::problems
