// One connection to a PostgreSQL server as the rest of Headspace sees it, and what opens one.
// The real ones are pg::connection and pg::host_connector; tests of the pool use fakes.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "io/asio.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::pg {

/// What a statement returned. Text format; a NULL is an empty optional.
struct query_result {
    std::vector<std::string> columns;
    std::vector<std::vector<std::optional<std::string>>> rows;
    std::string command;        // command tag, "INSERT 0 1"
    std::uint64_t affected = 0; // rows, from the tag

    [[nodiscard]] bool empty() const { return rows.empty(); }
    /// Text of one field; "" for NULL. Precondition: the row and column exist.
    [[nodiscard]] std::string_view text(std::size_t row, std::size_t column) const {
        const auto& field = rows[row][column];
        return field ? std::string_view(*field) : std::string_view();
    }
    [[nodiscard]] bool is_null(std::size_t row, std::size_t column) const {
        return !rows[row][column].has_value();
    }
};

enum class transaction_status { idle, active, in_transaction, in_error, unknown };

/// What the server said at connect and since.
struct server_facts {
    int version = 0;          // 150020 for 15.20, as PQserverVersion
    std::string version_text; // "15.20 (Debian ...)"
    std::string host;         // as configured: name, address or socket directory
    std::string address;      // the numeric address in use, "" for a socket
    std::uint16_t port = 0;
    int backend_pid = 0; // as PQbackendPID: a pooler's invention when one is in between
    bool in_recovery = false;
    bool default_read_only = false;
    bool tls = false;
    std::string tls_version; // "TLSv1.3", "" without
    std::string tls_cipher;
    bool pooler = false; // PQbackendPID is not pg_backend_pid(): something pools in between
    std::vector<std::string> warnings; // for the log, once: a server newer than we know, ...
};

/// What a statement made the server say besides its result: NOTICE, WARNING, INFO, ...
struct notice {
    std::string severity; // never translated
    std::string sqlstate;
    std::string message;
};

/// Hears of each statement when it has ended: whether a result came, and after how long. Must not
/// throw and must leave the session alone.
using statement_listener = std::function<void(bool succeeded, duration took)>;

/// Used from one executor, one operation at a time. Destroying it closes the connection without
/// waiting.
class session {
public:
    virtual ~session() = default;

    /// One statement by the extended protocol. Errors: query_failed with SQLSTATE, the server's
    /// hint, detail and position, and `refuse`, or `retry` for 40001, 40P01 and 55P03 (the
    /// connection stays usable); connection_lost with the first SQLSTATE that was said; timed_out
    /// (at `until`: the connection is broken and must be destroyed). COPY is query_failed and
    /// breaks the connection.
    virtual asio::awaitable<result<query_result>>
    query(std::string sql, std::vector<std::optional<std::string>> parameters,
          time_point until) = 0;

    /// One statement by the simple protocol (needed for what cannot be prepared); of several
    /// statements in `sql` the last result counts. `until` may be time_point::max(): no deadline.
    /// While it runs, `cancel()` works.
    virtual asio::awaitable<result<query_result>> execute(std::string sql, time_point until) = 0;

    /// The cheapest round trip there is: an empty query.
    virtual asio::awaitable<result<void>> ping(time_point until) = 0;

    /// Back to what it was after connecting: an open transaction is rolled back; with `discard`
    /// then DISCARD ALL, and the session settings are sent again (not through a transaction pooler,
    /// whose backend is another one by then).
    virtual asio::awaitable<result<void>> reset(bool discard, time_point until) = 0;

    /// Asks the server to cancel what runs, from a thread of its own; the running operation then
    /// returns 57014.
    virtual asio::awaitable<result<void>> cancel(time_point until) = 0;

    /// Watches the idle connection until stop_watching(): `lost` is called at most once, on the
    /// executor and never from within this call, when the server ends the connection, with the
    /// reason (57P01, 57P05, ...; connection_lost without SQLSTATE for a bare EOF). The session is
    /// then broken; `lost` may destroy it.
    /// stop_watching() takes effect at once: `lost` is not called afterwards and the next operation
    /// may start. Both are called for every short lease, so an implementation leaves its wait on
    /// the descriptor armed and ignores what it sees while nobody watches.
    virtual void watch_idle(std::function<void(error)> lost) = 0;
    virtual void stop_watching() noexcept = 0;

    /// Who hears of notices, on the executor; nobody by default. Must not throw and must leave the
    /// session alone: it is called from within libpq.
    virtual void on_notice(std::function<void(const notice&)> /*listener*/) {}

    [[nodiscard]] virtual transaction_status status() const noexcept = 0;
    /// When a statement was last answered, by a result or an error; time_point::min() when none
    /// was.
    [[nodiscard]] virtual time_point last_answer() const noexcept { return time_point::min(); }
    [[nodiscard]] virtual bool broken() const noexcept = 0;
    /// What the operation that broke it failed with; an empty message when there is no more to say.
    [[nodiscard]] virtual error why_broken() const { return {}; }
    [[nodiscard]] virtual const server_facts& facts() const noexcept = 0;

    /// Ends the connection at once (Terminate is sent, nothing is waited for). Every later
    /// operation fails.
    virtual void close() noexcept = 0;
};

/// Opens connections: one call is one round over all hosts and addresses.
class connector {
public:
    virtual ~connector() = default;
    /// Errors: database_unavailable; kind retry or unavailable by SQLSTATE, with host, port and
    /// hint.
    virtual asio::awaitable<result<std::unique_ptr<session>>> connect(time_point until) = 0;
};

} // namespace headspace::pg
