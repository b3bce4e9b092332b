#include "config/explain_url.hpp"

#include "base/text.hpp"
#include "config/conninfo.hpp"
#include "config/conninfo_parts.hpp"

#include <algorithm>

namespace headspace::config {

namespace {

constexpr const char* given = "the string";

bool ends_with_any(const std::string& host, std::initializer_list<std::string_view> suffixes) {
    const std::string name = to_lower(host);
    return std::any_of(suffixes.begin(), suffixes.end(),
                       [&](std::string_view suffix) { return name.ends_with(suffix); });
}

bool is_public(const host_entry& host) {
    return default_sslmode(host) == "require";
}

/// How the scheme was written, where that is not how it is read. A scheme is no secret once the
/// string was understood.
void explain_scheme(std::string_view text, url_explanation& out) {
    const auto end = text.find("://");
    if (end == std::string_view::npos || end > text.find_first_of("@ \t"))
        return;
    const std::string scheme(trim(text.substr(0, end)));
    std::string_view bare = scheme;
    if (!bare.empty() && (bare.front() == '"' || bare.front() == '\''))
        bare.remove_prefix(1);
    if (bare == "postgresql")
        return;
    const std::string lower = to_lower(bare);
    if (lower.starts_with("jdbc:"))
        out.changes.emplace_back("jdbc: is left out");
    if (const auto plus = lower.find('+'); plus != std::string::npos)
        out.changes.push_back(lower.substr(plus) + " is left out: it names a driver of SQLAlchemy");
    if (lower.substr(0, lower.find('+')).ends_with("postgres"))
        out.changes.emplace_back("postgres:// is read as postgresql://");
    if (lower != bare)
        out.changes.emplace_back("the scheme is read in lower case");
}

/// Parameters of other drivers, by their names; the values are shown as they were understood.
void explain_mapping(std::string_view text, const conninfo& target, url_explanation& out) {
    const auto query = text.find('?');
    if (query == std::string_view::npos)
        return;
    for (const std::string& pair : split(text.substr(query + 1), '&')) {
        const auto equals = pair.find('=');
        if (equals == std::string::npos)
            continue;
        const std::string keyword = pair.substr(0, equals);
        const mapped_parameter mapped = map_foreign_parameter(keyword, pair.substr(equals + 1));
        const auto found = target.parameters.find(mapped.keyword);
        if (!mapped.keyword.empty() && find_parameter(keyword) == nullptr &&
            found != target.parameters.end())
            out.changes.push_back(keyword + " is read as " + mapped.keyword + "=" + found->second);
    }
}

void explain_values(const conninfo& written, const conninfo& completed, const std::string& user,
                    url_explanation& out) {
    const auto add = [&](std::string name, std::string value, std::string source) {
        out.values.push_back({std::move(name), std::move(value), std::move(source)});
    };
    add("user", completed.user, written.user.empty() ? "default: the user of the system" : given);
    if (written.password)
        add("password", "***", given);
    else
        add("password", "", "none here: DATABASE_PASSWORD, a credential or database.password_file");
    const bool several = completed.hosts.size() > 1;
    for (std::size_t i = 0; i < completed.hosts.size(); ++i) {
        const host_entry& host = completed.hosts[i];
        const std::string number = several ? " " + std::to_string(i + 1) : "";
        const bool named = !written.hosts.empty();
        if (host.is_socket())
            add("socket folder" + number, host.host,
                named ? given : "default: the local server's, as in libpq");
        else
            add("host" + number, host.host.empty() ? host.hostaddr : host.host, given);
        if (!host.hostaddr.empty() && !host.host.empty())
            add("address" + number, host.hostaddr, std::string(given) + "; not looked up");
        add("port" + number, std::to_string(host.port), host.port_given ? given : "default");
    }
    add("database", completed.database,
        written.database.empty() ? "default: called like the user" : given);
    if (written.database.empty() && !written.user.empty() && written.user != user)
        out.warnings.push_back("no database is named: libpq's default is one called like the user");
    if (!written.service.empty())
        add("service", written.service, given);
    for (const auto& [keyword, value] : written.parameters)
        if (keyword != "sslmode")
            add(keyword, value, given);
    if (!written.sslpassword.empty())
        add("sslpassword", "***", given);
    if (!written.parameters.contains("target_session_attrs"))
        add("target_session_attrs", several ? "read-write" : "any",
            several ? "default for several hosts: the primary is looked for"
                    : "default for one host");
}

std::string meaning_of(const std::string& mode) {
    if (mode == "disable")
        return "never encrypted";
    if (mode == "allow")
        return "in clear, encrypted only if the server insists";
    if (mode == "prefer")
        return "encrypted if the server can, else in clear";
    if (mode == "require")
        return "always encrypted; whose server it is, is not checked";
    if (mode == "verify-ca")
        return "always encrypted; the certificate is checked, its name is not";
    return "always encrypted; the certificate and its name are checked";
}

std::string rule_of(const host_entry& host) {
    if (host.is_socket())
        return "rule: a Unix socket";
    return is_public(host) ? "rule: the host is reached over the internet"
                           : "rule: the host is local (loopback, private address, or a local name)";
}

void explain_tls(const conninfo& completed, url_explanation& out) {
    const auto said = completed.parameters.find("sslmode");
    const auto remote = std::find_if(completed.hosts.begin(), completed.hosts.end(), is_public);
    const host_entry& host = remote == completed.hosts.end() ? completed.hosts.front() : *remote;
    out.tls.mode = said != completed.parameters.end() ? said->second : default_sslmode(host);
    out.tls.source = said != completed.parameters.end()
                         ? given
                         : rule_of(host) + "; database.sslmode replaces it";
    out.tls.means = host.is_socket() ? "none through a Unix socket" : meaning_of(out.tls.mode);
    const bool open =
        out.tls.mode == "disable" || out.tls.mode == "allow" || out.tls.mode == "prefer";
    if (open && remote != completed.hosts.end())
        out.warnings.push_back("sslmode=" + out.tls.mode +
                               " to a host on the internet: password and data may travel in clear; "
                               "write sslmode=require or verify-full");
}

void explain_hosts(const conninfo& target, url_explanation& out) {
    for (const host_entry& entry : target.hosts) {
        const std::string host = to_lower(entry.host);
        const bool neon = ends_with_any(host, {".neon.tech", ".neon.build"});
        if (neon && host.find("-pooler.") != std::string::npos) {
            std::string direct = host;
            direct.erase(direct.find("-pooler."), std::string_view("-pooler").size());
            out.warnings.push_back("this is Neon's pooler: set migrations.url to the direct host " +
                                   direct);
        } else if (host.ends_with(".pooler.supabase.com") && entry.port == 6543) {
            out.warnings.emplace_back(
                "this is Supabase's transaction pooler: set migrations.url to "
                "the session pooler (port 5432) or to the direct host");
        } else if (entry.port == 6432) {
            out.warnings.emplace_back("6432 is the usual port of PgBouncer: if it pools by "
                                      "transaction, set migrations.url to the server's own port");
        }
        if (neon)
            out.hints.emplace_back(
                "Neon: database.profile becomes serverless by itself: nothing is "
                "kept open or pinged, so that it can sleep");
        if (host.ends_with(".proxy.rlwy.net"))
            out.hints.emplace_back("Railway: from within the project use the private address "
                                   "NAME.railway.internal; this proxy's certificate cannot be "
                                   "verified");
        if (host.ends_with(".rds.amazonaws.com"))
            out.hints.emplace_back("RDS: for sslmode=verify-full set database.sslrootcert to "
                                   "Amazon's global-bundle.pem; its authority is not in the "
                                   "system's list");
    }
}

} // namespace

result<url_explanation> explain_url(std::string_view text, std::string_view label,
                                    const std::string& user) {
    auto parsed = parse_conninfo(text, label);
    if (!parsed)
        return parsed.error();
    url_explanation out;
    conninfo completed = parsed->value;
    fill_defaults(completed, user);
    out.masked = completed.masked();
    out.warnings = parsed->warnings;
    explain_scheme(text, out);
    explain_mapping(text, completed, out);
    explain_values(parsed->value, completed, user, out);
    explain_tls(completed, out);
    explain_hosts(completed, out);
    return out;
}

} // namespace headspace::config
