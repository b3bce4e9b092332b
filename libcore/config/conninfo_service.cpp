#include "config/conninfo_service.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace headspace::config {

result<std::optional<conninfo_fields>> find_service(std::string_view text, std::string_view name,
                                                    std::string_view path) {
    std::optional<conninfo_fields> found;
    bool inside = false;
    std::size_t number = 0;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = trim(text.substr(begin, end - begin));
        begin = end + 1;
        ++number;
        if (line.empty() || line.starts_with('#'))
            continue;
        if (line.starts_with('[')) {
            if (inside)
                break; // the first entry of that name counts
            inside = line == "[" + std::string(name) + "]";
            if (inside)
                found.emplace();
            continue;
        }
        if (!inside)
            continue;
        const auto equals = line.find('=');
        const std::string place = std::string(path) + ":" + std::to_string(number);
        if (line.starts_with("ldap"))
            return conninfo_error(place, "LDAP lookups are not supported");
        if (equals == std::string_view::npos)
            return conninfo_error(place, "the line is not of the form keyword=value");
        // As in libpq there are no blanks around '='.
        const std::string_view keyword = line.substr(0, equals);
        if (keyword == "service")
            return conninfo_error(place, "a service cannot name another service");
        found->push_back({std::string(keyword), secret(std::string(line.substr(equals + 1)))});
    }
    return found;
}

void fill_from(conninfo& target, const conninfo& other) {
    const bool named =
        !target.hosts.empty() && (target.hosts.size() > 1 || !target.hosts[0].host.empty() ||
                                  !target.hosts[0].hostaddr.empty());
    if (!named && !other.hosts.empty()) {
        const std::vector<host_entry> before = target.hosts;
        target.hosts = other.hosts;
        for (host_entry& entry : target.hosts)
            if (!before.empty() && before[0].port_given) {
                entry.port = before[0].port;
                entry.port_given = true;
            }
    }
    if (target.user.empty())
        target.user = other.user;
    if (target.database.empty())
        target.database = other.database;
    if (!target.password && other.password) {
        target.password = other.password;
        target.password_source = other.password_source;
    }
    if (target.sslpassword.empty())
        target.sslpassword = other.sslpassword;
    for (const auto& [keyword, value] : other.parameters)
        target.parameters.try_emplace(keyword, value);
}

} // namespace headspace::config
