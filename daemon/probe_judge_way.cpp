// DNS, TCP, TLS, authentication: which step of the way to the database failed, told by the stage
// that libpq reached and by the SQLSTATE.
#include "base/text.hpp"
#include "daemon/probe_judge.hpp"

#include <algorithm>

namespace headspace::daemon {

using pg::attempt_report;
using pg::connect_stage;
using problems::finding;
using problems::verdict;

namespace {

constexpr std::size_t addresses_shown = 4;

bool is_lookup(const attempt_report& a) {
    return a.reached == connect_stage::begin && a.where.host.empty() && a.where.address.empty();
}

std::string shown(std::vector<std::string> addresses) {
    const std::size_t more =
        addresses.size() > addresses_shown ? addresses.size() - addresses_shown : 0;
    addresses.resize(addresses.size() - more);
    return join(addresses, ", ") + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

finding failed(std::string name, const error& e) {
    return {std::move(name), verdict::fail, e.message, e.hint, e.sqlstate};
}

/// The last attempt at each place: earlier ones were repeated with another sslmode or password.
std::vector<attempt_report> last_ones(const std::vector<attempt_report>& attempts) {
    std::vector<attempt_report> out;
    for (const attempt_report& a : attempts) {
        if (is_lookup(a))
            continue;
        std::erase_if(out, [&](const attempt_report& b) {
            return b.where.where() == a.where.where() && b.where.address == a.where.address;
        });
        out.push_back(a);
    }
    return out;
}

void judge_names(std::vector<finding>& out, const probed_way& way, const std::string& prefix) {
    bool any = false;
    for (const attempt_report& a : way.attempts) {
        if (!is_lookup(a))
            continue;
        any = true;
        if (a.failure)
            out.push_back(failed(prefix + "dns", *a.failure));
        else if (a.addresses == std::vector<std::string>{a.host})
            out.push_back({prefix + "dns", verdict::ok, a.host + " is no name"});
        else
            out.push_back({prefix + "dns", verdict::ok, a.host + " is " + shown(a.addresses)});
    }
    if (!any && !way.attempts.empty())
        out.push_back({prefix + "dns", verdict::ok, "no name to look up"});
}

/// What the stage `passed` would be called at this transport.
std::string transport_of(const attempt_report& a) {
    return a.where.is_socket() ? "socket" : "tcp";
}

void judge_transport(std::vector<finding>& out, const std::vector<attempt_report>& attempts,
                     const std::string& prefix) {
    for (const attempt_report& a : attempts) {
        const bool reached = !a.failure || a.reached > connect_stage::transport;
        if (reached)
            out.push_back({prefix + transport_of(a), verdict::ok, a.where.where() + " accepts"});
        else
            out.push_back(failed(prefix + transport_of(a), *a.failure));
    }
}

std::string verification(const std::string& sslmode, const std::string& ca_file) {
    if (sslmode == "verify-full")
        return "certificate and name verified with " + ca_file;
    if (sslmode == "verify-ca")
        return "certificate verified with " + ca_file + ", its name is not";
    return "certificate not verified";
}

finding encrypted(const probed_way& way, const std::string& prefix) {
    const pg::server_facts& server = way.server;
    const std::string how = server.tls_version + (server.tls_cipher.empty() ? "" : ", ") +
                            server.tls_cipher + "; sslmode=" + way.sslmode + ": " +
                            verification(way.sslmode, way.ca_file);
    finding out{prefix + "tls", verdict::ok, how};
    const bool local =
        way.target.hosts.empty() || config::default_sslmode(way.target.hosts.front()) == "prefer";
    if (!way.sslmode.starts_with("verify") && !local)
        out.remedy = "sslmode=verify-full (database.sslmode) would also prove whose server it is";
    return out;
}

finding in_clear(const probed_way& way, const attempt_report& a, const std::string& prefix) {
    if (a.where.is_socket())
        return {prefix + "tls", verdict::ok, "not needed through a Unix socket"};
    const bool local =
        way.target.hosts.empty() || config::default_sslmode(way.target.hosts.front()) == "prefer";
    if (local)
        return {prefix + "tls", verdict::ok,
                "none; the host is local (sslmode=" + way.sslmode + ")"};
    return {prefix + "tls", verdict::warn,
            "none, and the host is reached over the internet (sslmode=" + way.sslmode + ")",
            "set database.sslmode = \"require\", or verify-full"};
}

/// TLS and everything of the login, of the attempt that got farthest.
void judge_login(std::vector<finding>& out, const probed_way& way, const attempt_report& a,
                 const std::string& prefix, const probe_limits& limits) {
    if (a.failure && a.reached == connect_stage::tls) {
        out.push_back(failed(prefix + "tls", *a.failure));
        out.push_back({prefix + "authentication", verdict::skipped, "TLS comes first"});
        return;
    }
    if (!a.failure)
        out.push_back(way.server.tls ? encrypted(way, prefix) : in_clear(way, a, prefix));
    if (!a.failure) {
        out.push_back({prefix + "authentication", verdict::ok,
                       "as " + way.target.user + " to " + way.target.database});
        return;
    }
    finding wrong = failed(prefix + "authentication", *a.failure);
    if (wrong.sqlstate == "3D000" && limits.creates_database) {
        wrong.how = verdict::warn;
        wrong.remedy = "the daemon makes it when it starts";
    }
    if (a.where.is_socket() && wrong.sqlstate == "28000" && !limits.system_user.empty())
        wrong.text += "; this probe runs as the user " + limits.system_user;
    out.push_back(std::move(wrong));
}

} // namespace

void judge_way(std::vector<finding>& out, const probed_way& way, const std::string& prefix,
               const probe_limits& limits) {
    judge_names(out, way, prefix);
    const std::vector<attempt_report> attempts = last_ones(way.attempts);
    judge_transport(out, attempts, prefix);
    const auto farthest = std::max_element(
        attempts.begin(), attempts.end(), [](const attempt_report& a, const attempt_report& b) {
            return std::pair(a.reached, !a.failure) < std::pair(b.reached, !b.failure);
        });
    const bool reached = farthest != attempts.end() &&
                         (!farthest->failure || farthest->reached > connect_stage::transport);
    if (reached) {
        judge_login(out, way, *farthest, prefix, limits);
    } else {
        out.push_back({prefix + "tls", verdict::skipped, "no server was reached"});
        out.push_back({prefix + "authentication", verdict::skipped, "no server was reached"});
    }
    // Every attempt worked, and still: a server of another role than the wanted one.
    const bool said = std::any_of(out.begin(), out.end(),
                                  [](const finding& f) { return f.how == verdict::fail; });
    if (way.failure && !said)
        out.push_back(failed(prefix + "server", *way.failure));
}

} // namespace headspace::daemon
