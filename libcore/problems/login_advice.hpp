// What to do when the server refuses a login: the sentence and the hint for each SQLSTATE, by the
// circumstances. Decides by SQLSTATE, transport and the server's routine, never by its words, which
// come in every language.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace headspace::problems {

/// Who wanted in, and how.
struct login_circumstances {
    std::string user;
    std::string database;
    std::string password_source; // "" when none was configured
    std::string sslmode;
    std::string routine; // of the server, as libpq's verbose messages name it; "" when unknown
    bool socket = false; // through a Unix socket
    bool encrypted = false;
};

enum class login_case {
    any,
    unknown_role,    // the role does not exist, or may not log in
    socket_identity, // peer: the user of the system is not the role
    socket,          // no line of pg_hba.conf, or one that rejects
    network_plain,   // the same over TCP without TLS
    network,         // and with
};

struct login_row {
    std::string_view state; // or the beginning of several
    login_case when = login_case::any;
    std::string_view what; // "": the server's own words
    std::string_view hint; // {user}, {database}, {password}: by the circumstances
};

struct login_advice {
    std::string what;
    std::string hint;
};

[[nodiscard]] login_advice advise_login(std::string_view state, const login_circumstances& seen);

[[nodiscard]] std::span<const login_row> login_rows() noexcept;
/// "the role does not exist", "" for any.
[[nodiscard]] std::string_view describe(login_case when) noexcept;
/// A hint with USER and DATABASE in the places of the names.
[[nodiscard]] std::string general_hint(std::string_view hint);

} // namespace headspace::problems
