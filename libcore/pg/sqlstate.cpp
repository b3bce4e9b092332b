#include "pg/sqlstate.hpp"

#include "base/text.hpp"
#include "problems/login_advice.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>

namespace headspace::pg {

namespace {

constexpr std::string_view cannot_connect = "08001";
constexpr std::string_view connection_failure = "08006";
constexpr std::string_view protocol_violation = "08P01";

bool is_state_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

error failed(error_class kind, std::string_view what, const std::string& place,
             std::string_view sqlstate, std::string hint) {
    error e = make_error(errc::database_unavailable, kind,
                         std::string(what) + " (" + place + ", " + std::string(sqlstate) + ")",
                         std::move(hint));
    e.sqlstate = sqlstate;
    return e;
}

std::string quoted(const std::string& name) {
    return '"' + name + '"';
}

std::string network_sentence(int number, std::string_view text) {
    switch (number) {
    case ECONNREFUSED:
        return "Connection refused";
    case ENOENT:
        return "No such socket";
    case ETIMEDOUT:
        return "No answer from the network";
    case EHOSTUNREACH:
        return "No route to host";
    case ENETUNREACH:
        return "Network is unreachable";
    case ECONNRESET:
        return "Connection reset by peer";
    case EACCES:
        return "Permission denied";
    case EMFILE:
    case ENFILE:
        return "Out of file descriptors";
    default:
        return clean(text);
    }
}

std::string network_hint(int number, const endpoint& where) {
    switch (number) {
    case ECONNREFUSED:
        return "is PostgreSQL running there?";
    case ENOENT:
        return "is PostgreSQL running there, and is " + where.host + " its socket directory?";
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return "check the address, the network and the firewall";
    case ECONNRESET:
        return "is that PostgreSQL? its log says why it hung up";
    case EACCES:
        return where.is_socket() ? "may this user open the socket?"
                                 : "a firewall or a route forbids it";
    case EMFILE:
    case ENFILE:
        return "raise LimitNOFILE of this process";
    default:
        return "check host and port";
    }
}

bool is_own_state_for_reset(int number) {
    return number == ECONNRESET || number == EPIPE;
}

error not_postgresql(const std::string& place) {
    return failed(error_class::unavailable,
                  "The listener does not speak the protocol of PostgreSQL", place,
                  protocol_violation, "check host and port");
}

error tls_failure(const connect_failure& failure, const std::string& place, const login& who) {
    if (failure.answer == 'N')
        return failed(
            error_class::unavailable,
            "The server offers no TLS and sslmode=" + who.sslmode + " demands it", place,
            cannot_connect,
            "turn ssl on in its postgresql.conf, or set sslmode=prefer (database.sslmode) "
            "where the network is trusted");
    if (failure.answer != 0 && failure.answer != 'S' && failure.answer != 'E')
        return not_postgresql(place);
    std::string hint = "check sslmode=" + who.sslmode;
    if (who.sslmode.starts_with("verify"))
        hint += ", the name in the server's certificate and the CA file " +
                (who.sslrootcert.empty() ? "(none)" : who.sslrootcert);
    return failed(error_class::unavailable, "TLS failed: " + clean(failure.text), place,
                  cannot_connect, hint);
}

// "LOCATION:  routine, file.c:123", of this message and not of the next: only its word is
// translated.
std::string routine_in(std::string_view lines) {
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
        const auto begin = line.find(":  ");
        const auto comma = line.find(", ", begin);
        if (begin == std::string_view::npos || comma == std::string_view::npos ||
            line.find(".c:", comma) == std::string_view::npos)
            continue;
        const std::string_view name = line.substr(begin + 3, comma - begin - 3);
        if (name.find(' ') == std::string_view::npos)
            return std::string(name);
    }
    return {};
}

} // namespace

std::string endpoint::where() const {
    const std::string number = std::to_string(port);
    if (is_socket())
        return host + "/.s.PGSQL." + number;
    const std::string& name = host.empty() ? address : host;
    return name.find(':') == std::string::npos ? name + ":" + number : "[" + name + "]:" + number;
}

server_message first_server_message(std::string_view text) {
    // "SEVERITY:  SQLSTATE: words": the two blanks and the code are never translated.
    for (auto at = text.find(":  "); at != std::string_view::npos; at = text.find(":  ", at + 1)) {
        const auto state = text.substr(at + 3, 5);
        const auto rest = text.substr(std::min(text.size(), at + 8));
        if (state.size() != 5 || !std::all_of(state.begin(), state.end(), is_state_character) ||
            !rest.starts_with(": "))
            continue;
        const auto end = std::min(rest.size(), rest.find('\n'));
        return {std::string(state), std::string(trim(rest.substr(2, end - 2))),
                routine_in(rest.substr(end))};
    }
    return {};
}

std::string clean(std::string_view text) {
    // What follows are guesses (tab, "This probably means ...") and consequences ("invalid
    // socket").
    text = trim(text);
    std::string line(text.substr(0, text.find('\n')));
    static constexpr std::string_view failed_word = "failed: ";
    if (line.starts_with("connection to server"))
        if (const auto at = line.find(failed_word); at != std::string::npos)
            line.erase(0, at + failed_word.size());
    std::string out;
    for (char c : line) {
        const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
        if (!blank)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    return out;
}

int errno_in(std::string_view text, std::span<const std::pair<int, std::string>> texts) {
    for (const auto& [number, words] : texts)
        if (text.find(words) != std::string_view::npos)
            return number;
    return 0;
}

error describe(const server_message& message, const endpoint& where, const login& who,
               bool encrypted) {
    const problems::login_advice given =
        problems::advise_login(message.sqlstate, {.user = who.user,
                                                  .database = who.database,
                                                  .password_source = who.password_source,
                                                  .sslmode = who.sslmode,
                                                  .routine = message.routine,
                                                  .socket = where.is_socket(),
                                                  .encrypted = encrypted});
    return failed(classify_connect(message.sqlstate),
                  given.what.empty() ? message.text : given.what, where.where(), message.sqlstate,
                  given.hint);
}

error describe(const connect_failure& failure, const endpoint& where, const login& who) {
    const std::string place = where.where();
    if (failure.cancelled)
        return make_error(errc::cancelled, error_class::retry, "Connecting was cancelled");
    if (failure.timed_out) {
        const bool reached = failure.stage > connect_stage::transport;
        return failed(error_class::retry,
                      (reached ? "Connected, but no reply within " : "No answer within ") +
                          format_elapsed(failure.limit),
                      place, cannot_connect,
                      reached ? "the server is overloaded or stopped, or it is not PostgreSQL"
                              : "check the address, the network and the firewall");
    }
    if (const server_message message = first_server_message(failure.text);
        !message.sqlstate.empty())
        return describe(message, where, who, failure.encrypted);
    if (failure.needs_password)
        return failed(error_class::unavailable,
                      "The server asks for a password for user " + quoted(who.user) +
                          " and there is none",
                      place, "28P01",
                      "set DATABASE_PASSWORD, the credential database_password or "
                      "database.password_file");
    if (failure.system_errno != 0)
        return failed(
            error_class::retry, network_sentence(failure.system_errno, failure.text), place,
            is_own_state_for_reset(failure.system_errno) ? connection_failure : cannot_connect,
            network_hint(failure.system_errno, where));
    if (failure.closed)
        return failed(error_class::retry, "The server closed the connection during the login",
                      place, connection_failure, "is that PostgreSQL? its log says why it hung up");
    if (failure.stage == connect_stage::tls)
        return tls_failure(failure, place, who);
    if (failure.stage == connect_stage::login && failure.answer != 0 &&
        std::string_view("REv").find(failure.answer) == std::string_view::npos)
        return not_postgresql(place);
    return failed(error_class::unavailable, clean(failure.text), place, cannot_connect,
                  "check the connection settings");
}

} // namespace headspace::pg
