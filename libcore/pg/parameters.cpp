#include "pg/parameters.hpp"

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <memory>
#include <set>
#include <string_view>
#include <unistd.h>

namespace headspace::pg {

namespace {

// A path that cannot exist: libpq takes an empty value as "look in the home directory".
constexpr const char* no_such_file = "/dev/null/none";

// Decided by us, whatever the connection string says; it has been read into them already.
constexpr std::array<std::string_view, 10> ours{"host",
                                                "hostaddr",
                                                "port",
                                                "user",
                                                "dbname",
                                                "service",
                                                "password",
                                                "connect_timeout",
                                                "client_encoding",
                                                "target_session_attrs"};

std::string given_or(const config::conninfo& target, const std::string& keyword,
                     const std::string& otherwise) {
    const auto found = target.parameters.find(keyword);
    return found != target.parameters.end() && !found->second.empty() ? found->second : otherwise;
}

std::string seconds(duration d) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(d).count());
}

std::string milliseconds(duration d) {
    return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(d).count());
}

/// Newer libpq knows more keywords than older, and refuses those it does not know.
const std::set<std::string>& known_keywords() {
    static const std::set<std::string> all = [] {
        std::set<std::string> names;
        const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconndefaults(),
                                                                                   &PQconninfoFree);
        for (const PQconninfoOption* o = options.get(); o != nullptr && o->keyword != nullptr; ++o)
            names.emplace(o->keyword);
        return names;
    }();
    return all;
}

std::string system_ca_file() {
    for (const char* file : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/cert.pem",
                             "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"})
        if (access(file, R_OK) == 0)
            return file;
    return "/etc/ssl/certs/ca-certificates.crt";
}

void add_tls(std::map<std::string, std::string>& values, const connect_settings& settings,
             const std::string& sslmode) {
    const std::string ca = ca_file_for(settings, sslmode);
    const std::string certificate = given_or(settings.target, "sslcert", settings.sslcert);
    std::string key = given_or(settings.target, "sslkey", settings.sslkey);
    if (key.empty())
        key = certificate; // a file that holds both
    values["sslmode"] = sslmode;
    values["sslrootcert"] = ca.empty() ? no_such_file : ca;
    values["sslcert"] = certificate.empty() ? no_such_file : certificate;
    values["sslkey"] = key.empty() ? no_such_file : key;
    values.try_emplace("sslcrl", no_such_file);
}

void add_keepalives(std::map<std::string, std::string>& values, const connect_settings& settings) {
    if (settings.keepalives_idle > duration::zero()) {
        values.try_emplace("keepalives", "1");
        values.try_emplace("keepalives_idle", seconds(settings.keepalives_idle));
        values.try_emplace("keepalives_interval", seconds(settings.keepalives_interval));
        values.try_emplace("keepalives_count", std::to_string(settings.keepalives_count));
    }
    if (settings.tcp_user_timeout > duration::zero())
        values.try_emplace("tcp_user_timeout", milliseconds(settings.tcp_user_timeout));
}

} // namespace

std::string sslmode_for(const connect_settings& settings, const config::host_entry& host) {
    if (host.is_socket())
        return "disable"; // libpq never encrypts these
    const std::string chosen = given_or(settings.target, "sslmode", settings.sslmode);
    return chosen.empty() ? config::default_sslmode(host) : chosen;
}

std::string ca_file_for(const connect_settings& settings, const std::string& sslmode) {
    const std::string chosen = given_or(settings.target, "sslrootcert", settings.sslrootcert);
    const bool verifies = sslmode.starts_with("verify");
    return chosen == "system" || (chosen.empty() && verifies) ? system_ca_file() : chosen;
}

parameters parameters_for(const connect_settings& settings, const endpoint& where,
                          const std::string& sslmode, const std::optional<secret>& password) {
    parameters out;
    out.password = password;
    out.sslpassword = settings.target.sslpassword;
    auto& values = out.values;
    for (const auto& [keyword, value] : settings.target.parameters)
        if (known_keywords().contains(keyword))
            values.emplace(keyword, value);
    for (const std::string_view keyword : ours)
        values.erase(std::string(keyword));
    if (!where.host.empty())
        values["host"] = where.host;
    if (!where.address.empty())
        values["hostaddr"] = where.address;
    values["port"] = std::to_string(where.port);
    values["user"] = settings.target.user;
    values["dbname"] = settings.target.database;
    values["client_encoding"] = "UTF8";
    values.try_emplace("application_name", settings.application_name);
    values.try_emplace("gssencmode", "disable");
    add_tls(values, settings, sslmode);
    add_keepalives(values, settings);
    return out;
}

} // namespace headspace::pg
