#include "daemon/configuration.hpp"

#include <utility>

namespace headspace::daemon {

namespace {

bool touches_connections(const config::change& change) {
    const std::string& key = change.key;
    return key.starts_with("database.") && !key.starts_with("database.pool_") &&
           key != "database.query_timeout" && key != "database.connect_round_timeout";
}

/// The embedded server runs on with what it was started with, and so do those who connect to it.
bool waits_for_restart(const config::change& change, const config::effective& next,
                       std::uint32_t connections) {
    return touches_connections(change) || change.key == "migrations.url" ||
           change.key.starts_with("reconnect.") ||
           (change.key == "database.pool_size" && next.values.database.pool_size > connections);
}

// The masked form shows everything but the password.
bool differ(const config::conninfo& a, const config::conninfo& b) {
    return a.masked() != b.masked() || a.password != b.password;
}

bool differ(const std::optional<config::conninfo>& a, const std::optional<config::conninfo>& b) {
    return a.has_value() != b.has_value() || (a && differ(*a, *b));
}

void add(std::vector<secret>& all, const std::optional<config::conninfo>& target) {
    if (!target)
        return;
    if (target->password)
        all.push_back(*target->password);
    if (!target->sslpassword.empty())
        all.push_back(target->sslpassword);
}

} // namespace

std::vector<secret> configuration::secrets() const {
    std::vector<secret> all;
    add(all, in_force_.target);
    add(all, in_force_.migrations_target);
    add(all, in_force_.scratch_target);
    return all;
}

std::variant<reload_plan, std::vector<config::diagnostic>> configuration::read_again() const {
    config::outcome read = config::load(asked_, captured_);
    if (auto* wrong = std::get_if<std::vector<config::diagnostic>>(&read))
        return std::move(*wrong);
    reload_plan plan;
    plan.next = std::move(std::get<config::effective>(read));
    plan.changes = config::compare(in_force_, plan.next);
    if (in_force_.embedded && plan.next.embedded)
        for (config::change& change : plan.changes)
            change.needs_restart =
                change.needs_restart || waits_for_restart(change, plan.next, embedded_connections_);
    for (const config::change& change : plan.changes)
        plan.connection_changed = plan.connection_changed || touches_connections(change);
    if (differ(plan.next.target, in_force_.target))
        plan.connection_changed = true;
    plan.migrations_changed = differ(plan.next.migrations_target, in_force_.migrations_target) ||
                              differ(plan.next.scratch_target, in_force_.scratch_target);
    return plan;
}

} // namespace headspace::daemon
