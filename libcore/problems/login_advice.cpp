#include "problems/login_advice.hpp"

#include <algorithm>
#include <array>

namespace headspace::problems {

namespace {

// Exact states before the classes that contain them.
constexpr auto rows = std::to_array<login_row>({
    {"28P01", login_case::any, "Password rejected for user \"{user}\"",
     "check the password ({password}) and the role's VALID UNTIL"},
    {"28000", login_case::unknown_role, "",
     "CREATE ROLE \"{user}\" LOGIN; or, where the role exists, ALTER ROLE \"{user}\" LOGIN;"},
    {"28000", login_case::socket_identity, "",
     "through this socket the server lets in the user of the system under its own name only: run "
     "as \"{user}\", set database.user to the user that runs this, or change the server's line for "
     "it in pg_hba.conf to scram-sha-256 and set a password"},
    {"28000", login_case::socket, "",
     "pg_hba.conf lets nobody like this in: add \"local {database} {user} peer\" (or "
     "scram-sha-256) to it, then SELECT pg_reload_conf();"},
    {"28000", login_case::network_plain, "",
     "add a line to pg_hba.conf (\"host {database} {user} ADDRESS scram-sha-256\") or give the "
     "role LOGIN; this attempt was not encrypted: sslmode=require may be what the server wants"},
    {"28000", login_case::network, "",
     "add a line to pg_hba.conf (\"hostssl {database} {user} ADDRESS scram-sha-256\"), or give the "
     "role LOGIN"},
    {"3D000", login_case::any, "Database \"{database}\" does not exist",
     "createdb -O {user} {database}"},
    {"42501", login_case::any, "", "GRANT CONNECT ON DATABASE \"{database}\" TO \"{user}\";"},
    {"55000", login_case::any, "", "ALTER DATABASE \"{database}\" ALLOW_CONNECTIONS true;"},
    {"42704", login_case::any, "",
     "the server does not take that parameter: remove it from the connection string"},
    {"22023", login_case::any, "",
     "the server does not take that parameter: remove it from the connection string"},
    {"08P01", login_case::any, "",
     "a pooler refuses a parameter, or does not know the database or the role"},
    {"53300", login_case::any, "",
     "lower database.pool_size, or raise max_connections or the role's limit"},
    {"57P03", login_case::any, "", "it is starting, recovering or stopping; this heals by itself"},
    {"57P", login_case::any, "", "the server ended the connection; this heals by itself"},
    {"53", login_case::any, "", "the server is short of resources"},
});

constexpr std::string_view otherwise = "the server's log says more";

// The routines of the server that raise 28000, the same in every version from 13 on: miscinit.c
// before any method of pg_hba.conf has been asked, auth.c afterwards.
constexpr std::string_view looks_up_role = "InitializeSessionUserId";
constexpr std::string_view method_said_no = "auth_failed";

login_case case_of(const login_circumstances& seen) {
    if (seen.routine == looks_up_role)
        return login_case::unknown_role;
    if (seen.socket)
        return seen.routine == method_said_no ? login_case::socket_identity : login_case::socket;
    const bool encrypted =
        seen.encrypted || seen.sslmode == "require" || seen.sslmode.starts_with("verify");
    return encrypted ? login_case::network : login_case::network_plain;
}

std::string fill(std::string_view text, std::string_view user, std::string_view database,
                 std::string_view password) {
    std::string out;
    while (!text.empty()) {
        const auto open = std::min(text.find('{'), text.size());
        out += text.substr(0, open);
        text.remove_prefix(open);
        const auto close = text.find('}');
        if (text.empty() || close == std::string_view::npos)
            break;
        const std::string_view name = text.substr(1, close - 1);
        out += name == "user" ? user : name == "database" ? database : password;
        text.remove_prefix(close + 1);
    }
    return out;
}

} // namespace

login_advice advise_login(std::string_view state, const login_circumstances& seen) {
    const login_case now = case_of(seen);
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const login_row& r) {
        return state.starts_with(r.state) && (r.when == login_case::any || r.when == now);
    });
    if (row == rows.end())
        return {"", std::string(otherwise)};
    const std::string password = seen.password_source.empty() ? "no password is configured"
                                                              : "source: " + seen.password_source;
    return {fill(row->what, seen.user, seen.database, password),
            fill(row->hint, seen.user, seen.database, password)};
}

std::span<const login_row> login_rows() noexcept {
    return rows;
}

std::string_view describe(login_case when) noexcept {
    switch (when) {
    case login_case::unknown_role:
        return "the role does not exist, or may not log in";
    case login_case::socket_identity:
        return "peer authentication through a Unix socket";
    case login_case::socket:
        return "no line of pg_hba.conf for a Unix socket";
    case login_case::network_plain:
        return "over TCP without TLS";
    case login_case::network:
        return "over TCP with TLS";
    case login_case::any:
        break;
    }
    return {};
}

std::string general_hint(std::string_view hint) {
    return fill(hint, "USER", "DATABASE", "headspacectl config names its source");
}

} // namespace headspace::problems
