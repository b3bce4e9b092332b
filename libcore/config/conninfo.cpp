// Recognises what kind of connection string it is; the parsers are in conninfo_uri.cpp and
// conninfo_keyvalue.cpp.
#include "config/conninfo.hpp"

#include "base/text.hpp"
#include "config/conninfo_parts.hpp"

#include <algorithm>
#include <array>

namespace headspace::config {

namespace {

struct foreign_scheme {
    std::string_view scheme;
    std::string_view name;
};

// Databases whose URLs are pasted by mistake. Only these schemes are repeated in a message: an
// unknown one might be a piece of a password.
constexpr std::array<foreign_scheme, 12> foreign_schemes{{{"sqlite", "sqlite"},
                                                          {"sqlite3", "sqlite"},
                                                          {"file", "file"},
                                                          {"mysql", "mysql"},
                                                          {"mysql2", "mysql"},
                                                          {"mariadb", "mariadb"},
                                                          {"mssql", "mssql"},
                                                          {"sqlserver", "sqlserver"},
                                                          {"oracle", "oracle"},
                                                          {"mongodb", "mongodb"},
                                                          {"redis", "redis"},
                                                          {"cockroachdb", "cockroachdb"}}};

bool is_scheme_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.' || c == '_';
}

/// Blanks around it and one pair of quotes, as shells and unit files leave them.
std::string_view unwrap(std::string_view text, std::vector<std::string>& warnings,
                        std::string_view label) {
    const std::string_view whole = text;
    text = trim(text);
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
        text.back() == text.front()) {
        text = trim(text.substr(1, text.size() - 2));
        warnings.push_back(std::string(label) + ": quotes around the value were removed");
    } else if (text.size() != whole.size()) {
        warnings.push_back(std::string(label) + ": blanks around the value were removed");
    }
    return text;
}

/// Positions in `part` as positions in `whole`, which contains it.
result<conninfo_fields> counted_from(std::string_view whole, std::string_view part,
                                     result<conninfo_fields> parsed) {
    const auto before = static_cast<std::uint32_t>(part.data() - whole.data());
    if (!parsed) {
        error e = parsed.error();
        e.position += e.position == 0 ? 0 : before;
        return e;
    }
    for (conninfo_field& field : *parsed)
        field.position += field.position == 0 ? 0 : before;
    return parsed;
}

result<conninfo_fields> parse_fields(std::string_view text, std::string_view label) {
    std::size_t end = 0;
    while (end < text.size() && is_scheme_character(text[end]))
        ++end;
    if (end == 0 || end == text.size() || text[end] != ':')
        return parse_conninfo_keyvalue(text, label);
    std::string scheme = to_lower(text.substr(0, end));
    std::string_view rest = text.substr(end + 1);
    if (scheme == "jdbc") {
        const auto colon = rest.find(':');
        scheme = to_lower(rest.substr(0, colon));
        rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    }
    scheme = scheme.substr(0, scheme.find('+')); // SQLAlchemy's driver
    if (scheme == "postgresql" || scheme == "postgres") {
        if (!rest.starts_with("//"))
            return conninfo_error(label, "the scheme is not followed by '//'",
                                  "write postgresql://user@host:5432/database");
        const std::string_view after = rest.substr(2);
        return counted_from(text, after, parse_conninfo_uri(after, label));
    }
    const auto known = std::find_if(foreign_schemes.begin(), foreign_schemes.end(),
                                    [&](const foreign_scheme& f) { return f.scheme == scheme; });
    if (known != foreign_schemes.end())
        return conninfo_error(label, "scheme " + std::string(known->name) + " is not PostgreSQL",
                              known->name == "sqlite"
                                  ? "unset DATABASE_URL to use the embedded database"
                                  : "only postgresql:// and its dialects are supported");
    return conninfo_error(label, "the scheme is not supported",
                          "write postgresql://user@host:5432/database");
}

} // namespace

error conninfo_error(std::string_view label, std::string message, std::string hint) {
    return make_error(errc::config_invalid, error_class::refuse,
                      std::string(label) + ": " + std::move(message), std::move(hint));
}

result<parsed_conninfo> parse_conninfo(std::string_view text, std::string_view label) {
    std::vector<std::string> warnings;
    const std::string_view given = text;
    text = unwrap(text, warnings, label);
    if (text.empty())
        return conninfo_error(label, "the connection string is empty");
    if (std::any_of(text.begin(), text.end(), [](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return byte == 0x7F || (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r');
        }))
        return conninfo_error(label, "the connection string contains control characters");
    auto fields = counted_from(given, text, parse_fields(text, label));
    if (!fields)
        return fields.error();
    auto assembled = assemble_conninfo(fields.value(), label);
    if (assembled)
        assembled.value().warnings.insert(assembled.value().warnings.begin(), warnings.begin(),
                                          warnings.end());
    return assembled;
}

void fill_defaults(conninfo& target, const std::string& user) {
    // Where Debian's libpq looks for a local server when no host is given.
    constexpr const char* default_socket_directory = "/var/run/postgresql";
    if (target.hosts.empty())
        target.hosts.emplace_back();
    for (host_entry& entry : target.hosts)
        if (entry.host.empty() && entry.hostaddr.empty())
            entry.host = default_socket_directory;
    if (target.user.empty())
        target.user = user;
    if (target.database.empty())
        target.database = target.user;
}

} // namespace headspace::config
