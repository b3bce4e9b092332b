// Whom to connect to and how, parsed: our own reading of every connection string people paste, and
// its masked form. Pure: no libpq, no environment, no files. The vectors of the tests compare it
// with libpq.
#pragma once

#include "base/error.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::config {

struct host_entry {
    std::string
        host; // name, address (zone included, no brackets) or socket directory (begins with '/')
    std::string hostaddr; // numeric address that replaces the lookup of `host`, or empty
    std::uint16_t port = 5432;
    bool port_given = false;
    [[nodiscard]] bool is_socket() const { return hostaddr.empty() && host.starts_with('/'); }
};

/// A connection, taken apart and decoded. Built by parse_conninfo() and completed by the sources of
/// section "How the sources combine" of headspaced.toml(5).
struct conninfo {
    std::vector<host_entry> hosts;  // never empty once completed
    std::string user;               // "" only before completion
    std::string database;           // "" only before completion
    std::optional<secret> password; // nothing: none set (libpq's password file may still have one)
    std::string password_source; // for people: "DATABASE_PASSWORD", "password_file /etc/…", …
    std::string service;         // pg_service.conf entry, or empty
    secret sslpassword;
    /// Every other libpq parameter that was given, after mapping (`ssl=true` is sslmode=require),
    /// by libpq keyword.
    std::map<std::string, std::string> parameters;

    /// `postgresql://user:***@host:port/database?parameters`: the documented masked form.
    [[nodiscard]] std::string masked() const;
    /// `postgresql://user@host:port/database`: for the start-up line; no password part, no
    /// parameters.
    [[nodiscard]] std::string log_form() const;
    /// Host and port of every entry, "db1:5432, db2:5433" or "/run/postgresql:5432", for messages.
    [[nodiscard]] std::string where() const;
};

struct parsed_conninfo {
    conninfo value;
    std::vector<std::string>
        warnings; // dropped foreign parameters, trimmed quotes; they never hold a secret
};

/// Parses a URI of any known dialect or a key/value string. `label` names the source in messages
/// ("DATABASE_URL (process environment)"). Errors: config_invalid with what is wrong and how to
/// mend it, and `position` where it is known; the input is never repeated in them.
result<parsed_conninfo> parse_conninfo(std::string_view text, std::string_view label);

/// What libpq takes where a connection string says nothing: its local socket, `user`, and a
/// database called like the user.
void fill_defaults(conninfo& target, const std::string& user);

/// The sslmode that applies when none is given: prefer for sockets, loopback, private addresses and
/// local names, require for everything else.
[[nodiscard]] std::string default_sslmode(const host_entry& host);

} // namespace headspace::config
