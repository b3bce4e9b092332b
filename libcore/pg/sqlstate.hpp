// What a SQLSTATE or a failed connect means: who can mend it, and the sentence a person needs.
// Pure: decides by SQLSTATE, errno and the stage that was reached, never by the words of a message.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "problems/sqlstates.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace headspace::pg {

/// Where a server is, as configured and as tried.
struct endpoint {
    std::string host;    // name, address or socket directory; "" when only `address` was given
    std::string address; // numeric, "" for a socket directory
    std::uint16_t port = 5432;

    [[nodiscard]] bool is_socket() const { return host.starts_with('/') && address.empty(); }
    /// "localhost:5432", "[::1]:5432" or "/run/postgresql/.s.PGSQL.5432".
    [[nodiscard]] std::string where() const;
};

using problems::classify_connect;
using problems::classify_query;
using problems::ends_session;

struct server_message {
    std::string sqlstate;
    std::string text;
    std::string routine = {}; // of the server that said it, where it is known
};
/// The first message with a SQLSTATE in what libpq says after a failed connect with
/// PQERRORS_VERBOSE ("...: FATAL:  28P01: password authentication failed ..."); empty without one.
[[nodiscard]] server_message first_server_message(std::string_view text);

/// The first line of libpq's text, without its "connection to server at ... failed: ".
[[nodiscard]] std::string clean(std::string_view text);

/// The errno whose text stands in `text`, or 0. The texts come from the caller, who asked strerror:
/// so this holds in every language.
[[nodiscard]] int errno_in(std::string_view text,
                           std::span<const std::pair<int, std::string>> texts);

enum class connect_stage { begin, transport, tls, login, session };

/// What is known of one failed attempt.
struct connect_failure {
    connect_stage stage = connect_stage::begin; // where it failed
    std::string text;                           // libpq's
    int system_errno = 0;
    bool timed_out = false;
    bool cancelled = false;      // by the caller
    duration limit{};            // that it ran into
    bool closed = false;         // the other side closed without a word
    char answer = 0;             // first byte the server sent in the stage, 0: none
    bool needs_password = false; // it asked for one and there was none
    bool encrypted = false;      // TLS was up
};

/// Who connected how, for the words.
struct login {
    std::string user;
    std::string database;
    std::string password_source; // "" when none was configured
    std::string sslmode;
    std::string sslrootcert;
};

/// The error of one attempt: database_unavailable, with the place, a SQLSTATE (08001 or 08006 where
/// none was said) and what to do.
[[nodiscard]] error describe(const connect_failure& failure, const endpoint& where,
                             const login& who);

/// The same for a FATAL after the connection was up, or for a refused statement of the set-up.
[[nodiscard]] error describe(const server_message& message, const endpoint& where, const login& who,
                             bool encrypted);

} // namespace headspace::pg
