// What went wrong, as a value: a code that is stable, a class that says what the caller should do,
// and the words for the person who reads it. Nothing here may hold a password.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace headspace {

/// Every kind of failure that a user can meet. `problems` gives each its name, HTTP status and exit
/// code.
enum class errc {
    internal = 1,
    io_failed,
    timed_out,
    cancelled,
    // configuration
    config_invalid,
    // the database as a whole
    database_unavailable, // no connection can be had now
    connection_lost,      // one that was established died
    query_failed,         // the server refused a statement; `sqlstate` says why
    unsupported_server,   // older than PostgreSQL 13, or not PostgreSQL
    // the pool
    pool_exhausted, // no connection became free before the deadline
    pool_queue_full,
    pool_closing,
    // migrations: files
    unreadable_directory,
    no_migrations_directory,
    malformed_file,
    duplicate_revision,
    missing_parent,
    revision_cycle,
    several_heads,
    unknown_revision,
    ambiguous_revision,
    // migrations: applying
    destructive,
    edited_revision,
    out_of_order,
    no_down,
    not_in_sum,
    standby,
    newer_ledger,
    no_ledger_rights,
    unsafe_through_pooler,
    statement_undecided, // a bare statement began and the catalogue cannot tell whether it finished
    lock_busy,
    lock_timeout, // retries after lock_timeout were used up; the blocker is named
    lock_broken,  // the endpoint's advisory locks do not exclude each other
    migration_failed,
    // migrations: generating
    no_scratch_rights,  // the role may not make the scratch databases
    schema_invalid,     // the server refused a statement of schema/
    unmodelled_objects, // --strict, and there are objects that are not compared
    proof_failed,       // the generated migration does not do what it should; nothing was written
    // the admin protocol
    bad_request,
    not_found,
    method_not_allowed,
    header_too_large,
    body_too_large,
    not_operator,
    operation_running,
    reload_refused,
    too_many_connections,
    // headspacectl
    daemon_unreachable,
    socket_permission,
    usage,
    conflict_here, // a file that would be overwritten, a directory mismatch
};

const boost::system::error_category& headspace_category() noexcept;
boost::system::error_code make_error_code(errc code) noexcept;

/// What the caller should do.
enum class error_class : std::uint8_t {
    retry,       // transient: heals by itself, wait or try again
    unavailable, // only a person can help (wrong password, missing database): answer at once, probe
                 // slowly
    refuse,      // the request itself is wrong: repeating it changes nothing
    bug,         // ours
};

/// A failure. `message` says what happened and where (host, port, file:line); `hint` says what to
/// do about it.
struct error {
    boost::system::error_code code;
    error_class kind = error_class::bug;
    std::string message;
    std::string hint;     // may be empty
    std::string sqlstate; // five characters, or empty where no server said one
    std::string detail;   // the server's DETAIL, or empty
    std::string file;     // of a migration or a configuration file, or empty
    std::uint32_t line = 0;
    std::uint32_t position = 0; // in the statement the server refused: characters from 1; 0 unknown

    /// `message (SQLSTATE): hint`, what a log line or a terminal shows.
    [[nodiscard]] std::string text() const;
};

error make_error(errc code, error_class kind, std::string message, std::string hint = {});

template<class T>
using result = boost::system::result<T, error>;

/// Called by result<T>::value() on an error: a bug of the caller, who did not look.
[[noreturn]] void throw_exception_from_error(const error& e, const boost::source_location& where);

} // namespace headspace

template<>
struct boost::system::is_error_code_enum<headspace::errc> : std::true_type {};
