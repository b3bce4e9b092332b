#include "pg/sqlstate.hpp"

#include "base/text.hpp"

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

std::string create_database(const login& who) {
    return "createdb -O " + who.user + " " + who.database;
}

std::string source_of_password(const login& who) {
    return who.password_source.empty() ? "no password is configured"
                                       : "source: " + who.password_source;
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

struct advice {
    std::string what; // "": the server's own words
    std::string hint;
};

advice advice_for(std::string_view state, const login& who, bool encrypted) {
    if (state == "28P01")
        return {"Password rejected for user " + quoted(who.user),
                "check the password (" + source_of_password(who) + ") and the role's VALID UNTIL"};
    if (state == "28000")
        return {"", encrypted || who.sslmode == "require" || who.sslmode.starts_with("verify")
                        ? "add a line to pg_hba.conf, or give the role LOGIN"
                        : "add a line to pg_hba.conf or give the role LOGIN; this attempt was not "
                          "encrypted: sslmode=require may be what the server wants"};
    if (state == "3D000")
        return {"Database " + quoted(who.database) + " does not exist", create_database(who)};
    if (state == "42501")
        return {"", "GRANT CONNECT ON DATABASE " + quoted(who.database) + " TO " +
                        quoted(who.user) + ";"};
    if (state == "55000")
        return {"", "ALTER DATABASE " + quoted(who.database) + " ALLOW_CONNECTIONS true;"};
    if (state == "42704" || state == "22023")
        return {"",
                "the server does not take that parameter: remove it from the connection string"};
    if (state == protocol_violation)
        return {"", "a pooler refuses a parameter, or does not know the database or the role"};
    if (state == "53300")
        return {"", "lower database.pool_size, or raise max_connections or the role's limit"};
    if (state == "57P03")
        return {"", "it is starting, recovering or stopping; this heals by itself"};
    if (state.starts_with("57P"))
        return {"", "the server ended the connection; this heals by itself"};
    if (state.starts_with("53"))
        return {"", "the server is short of resources"};
    return {"", "the server's log says more"};
}

} // namespace

std::string endpoint::where() const {
    const std::string number = std::to_string(port);
    if (is_socket())
        return host + "/.s.PGSQL." + number;
    const std::string& name = host.empty() ? address : host;
    return name.find(':') == std::string::npos ? name + ":" + number : "[" + name + "]:" + number;
}

error_class classify_connect(std::string_view sqlstate) {
    // A refused login, database, parameter or protocol stays refused until somebody changes it.
    if (sqlstate == protocol_violation)
        return error_class::unavailable;
    static constexpr std::array<std::string_view, 6> heals{"08", "40", "53", "57", "58", "XX"};
    const bool transient = std::any_of(heals.begin(), heals.end(), [&](std::string_view prefix) {
        return sqlstate.starts_with(prefix);
    });
    return transient || sqlstate == "55P03" || sqlstate == "25006" ? error_class::retry
                                                                   : error_class::unavailable;
}

error_class classify_query(std::string_view sqlstate) {
    return sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03" ? error_class::retry
                                                                             : error_class::refuse;
}

bool ends_session(std::string_view sqlstate) {
    return sqlstate.starts_with("57P") || sqlstate == "25P03" || sqlstate.starts_with("08");
}

server_message first_server_message(std::string_view text) {
    // "SEVERITY:  SQLSTATE: words": the two blanks and the code are never translated.
    for (auto at = text.find(":  "); at != std::string_view::npos; at = text.find(":  ", at + 1)) {
        const auto state = text.substr(at + 3, 5);
        const auto rest = text.substr(std::min(text.size(), at + 8));
        if (state.size() != 5 || !std::all_of(state.begin(), state.end(), is_state_character) ||
            !rest.starts_with(": "))
            continue;
        return {std::string(state), std::string(trim(rest.substr(2, rest.find('\n') - 2)))};
    }
    return {};
}

std::string clean(std::string_view text) {
    std::string line(trim(text.substr(0, text.find("\nLOCATION:"))));
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
    const advice given = advice_for(message.sqlstate, who, encrypted);
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
