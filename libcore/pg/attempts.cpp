#include "pg/attempts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace headspace::pg {

namespace {

constexpr std::array<std::pair<std::string_view, session_attrs>, 6> names{
    {{"any", session_attrs::any},
     {"read-write", session_attrs::read_write},
     {"read-only", session_attrs::read_only},
     {"primary", session_attrs::primary},
     {"standby", session_attrs::standby},
     {"prefer-standby", session_attrs::prefer_standby}}};

session_attrs first_pass(session_attrs wanted) {
    return wanted == session_attrs::prefer_standby ? session_attrs::standby : wanted;
}

constexpr const char* wrong_role_state = "25006";

error wrong_role_error(const attempt& tried, server_role role) {
    const std::string is = role.in_recovery ? "The server is a standby"
                           : role.read_only ? "The server is read-only"
                                            : "The server is a primary that accepts writes";
    error e = make_error(errc::database_unavailable, error_class::unavailable,
                         is + " (" + tried.where.where() + ", " + wrong_role_state + ")",
                         "target_session_attrs=" + std::string(to_string(tried.wanted)) +
                             " asks for another; is the primary among the hosts?");
    e.sqlstate = wrong_role_state;
    return e;
}

/// "Connection refused (db1:5432, 08001)" as "db1:5432: Connection refused, 08001".
std::string in_a_list(const std::string& where, const error& why) {
    const std::string tail = " (" + where + ", " + why.sqlstate + ")";
    if (!why.message.ends_with(tail))
        return where + ": " + why.message;
    return where + ": " + why.message.substr(0, why.message.size() - tail.size()) + ", " +
           why.sqlstate;
}

} // namespace

result<session_attrs> parse_session_attrs(std::string_view text) {
    if (text.empty())
        return session_attrs::any;
    for (const auto& [name, value] : names)
        if (name == text)
            return value;
    return make_error(errc::config_invalid, error_class::refuse,
                      "target_session_attrs has an unknown value",
                      "any, read-write, read-only, primary, standby or prefer-standby");
}

std::string_view to_string(session_attrs attrs) noexcept {
    for (const auto& [name, value] : names)
        if (value == attrs)
            return name;
    return "any";
}

bool accepts(session_attrs wanted, server_role role) noexcept {
    switch (wanted) {
    case session_attrs::read_write:
        return !role.in_recovery && !role.read_only;
    case session_attrs::read_only:
        return role.in_recovery || role.read_only;
    case session_attrs::primary:
        return !role.in_recovery;
    case session_attrs::standby:
        return role.in_recovery;
    case session_attrs::any:
    case session_attrs::prefer_standby:
        break;
    }
    return true;
}

walk::walk(std::vector<config::host_entry> hosts, session_attrs wanted)
    : hosts_(std::move(hosts)), wanted_(wanted) {}

step walk::next() {
    if (stopped_)
        return exhausted{};
    if (!ready_.empty()) {
        attempt one = std::move(ready_.back());
        ready_.pop_back();
        return one;
    }
    if (next_host_ < hosts_.size()) {
        const std::size_t host = next_host_++;
        const config::host_entry& entry = hosts_[host];
        if (entry.is_socket())
            return attempt{host, {entry.host, "", entry.port}, first_pass(wanted_)};
        if (entry.hostaddr.empty())
            return look_up{host, entry.host};
        return attempt{host, {entry.host, entry.hostaddr, entry.port}, first_pass(wanted_)};
    }
    if (!second_pass_.empty()) {
        attempt one = std::move(second_pass_.front());
        second_pass_.erase(second_pass_.begin());
        return one;
    }
    return exhausted{};
}

void walk::found(std::size_t host, const std::vector<std::string>& addresses) {
    const config::host_entry& entry = hosts_[host];
    for (auto address = addresses.rbegin(); address != addresses.rend(); ++address)
        ready_.push_back({host, {entry.host, *address, entry.port}, first_pass(wanted_)});
}

void walk::not_found(std::size_t host, error why) {
    const endpoint where{hosts_[host].host, "", hosts_[host].port};
    add_failure(where.where(), std::move(why));
}

void walk::failed(const attempt& tried, error why) {
    stopped_ = stopped_ || why.sqlstate == "28P01";
    add_failure(tried.where.where(), std::move(why));
}

void walk::wrong_role(const attempt& tried, server_role role) {
    if (wanted_ == session_attrs::prefer_standby) {
        second_pass_.push_back({tried.host, tried.where, session_attrs::any});
        return;
    }
    add_failure(tried.where.where(), wrong_role_error(tried, role));
}

void walk::stale(const attempt& tried, std::uint32_t timeline, std::uint32_t highest,
                 std::string remedy) {
    const std::string where = tried.where.where();
    error e = make_error(errc::database_unavailable, error_class::unavailable,
                         "The server is a stale primary: it is on timeline " +
                             std::to_string(timeline) + ", and timeline " +
                             std::to_string(highest) + " was seen (" + where + ", 08001)",
                         std::move(remedy));
    e.sqlstate = "08001";
    failures_.push_back({where, std::move(e), true});
}

void walk::add_failure(std::string where, error why) {
    // Two addresses of one name usually fail in the same way: that is one cause.
    const bool known = std::any_of(failures_.begin(), failures_.end(), [&](const failure& f) {
        return f.where == where && f.why.message == why.message;
    });
    if (!known)
        failures_.push_back({std::move(where), std::move(why), false});
}

std::string walk::passed_over(const endpoint& used) const {
    std::string text;
    for (const failure& f : failures_)
        if (!f.stale && f.where != used.where() && f.why.sqlstate != wrong_role_state)
            text += (text.empty() ? used.where() + " is used in place of another host: " : "; ") +
                    f.why.text();
    return text;
}

bool walk::only_wrong_roles_answer() const {
    const auto refused = [](const failure& f) {
        return f.why.sqlstate == wrong_role_state;
    };
    return std::any_of(failures_.begin(), failures_.end(), refused) &&
           std::all_of(failures_.begin(), failures_.end(), [&](const failure& f) {
               return refused(f) || f.why.sqlstate.starts_with("08");
           });
}

error walk::outcome() const {
    if (failures_.empty())
        return make_error(errc::database_unavailable, error_class::unavailable,
                          "No host to connect to", "set database.host");
    if (stopped_ || failures_.size() == 1)
        return failures_.back().why;
    const auto heals = std::find_if(failures_.begin(), failures_.end(), [](const failure& f) {
        return f.why.kind == error_class::retry;
    });
    error e = heals != failures_.end() ? heals->why : failures_.front().why;
    if (only_wrong_roles_answer())
        e.sqlstate = wrong_role_state;
    e.message = "No host can be used (";
    for (const failure& f : failures_)
        e.message += (&f == &failures_.front() ? "" : "; ") + in_a_list(f.where, f.why);
    e.message += ")";
    // The others heal by themselves or are in the list; what to do about this one is not.
    const auto refused =
        std::find_if(failures_.begin(), failures_.end(), [](const failure& f) { return f.stale; });
    if (refused != failures_.end())
        e.hint = (e.hint.empty() || e.hint == refused->why.hint ? "" : e.hint + "; ") +
                 refused->where + ": " + refused->why.hint;
    return e;
}

} // namespace headspace::pg
