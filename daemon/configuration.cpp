#include "daemon/configuration.hpp"

#include "config/settings_keys.hpp"

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

/// What waits for a restart stays as it is in force, so that everyone sees the truth meanwhile and
/// the next reload names it again.
void keep_what_waits(config::effective& next, const config::effective& now,
                     const std::vector<config::change>& changes) {
    for (const config::change& change : changes) {
        if (!change.needs_restart)
            continue;
        config::copy_setting(*config::find_key(change.key), now.values, next.values);
        next.origins.erase(change.key);
        if (const auto origin = now.origins.find(change.key); origin != now.origins.end())
            next.origins.insert(*origin);
    }
    next.embedded_data_directory = now.embedded_data_directory;
    if (!now.embedded && !next.embedded)
        return;
    // Which server there is, and who connects to it how, is decided at the start.
    next.embedded = now.embedded;
    next.embedded_database = now.embedded_database;
    next.target = now.target;
    next.migrations_target = now.migrations_target;
    next.migrations_database = now.migrations_database;
    next.serverless = now.serverless;
    next.holds_secret = next.holds_secret || now.holds_secret;
    next.password_from = now.password_from;
    next.password_file = now.password_file;
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
    if (in_force_.embedded || plan.next.embedded)
        for (config::change& change : plan.changes)
            change.needs_restart =
                change.needs_restart || waits_for_restart(change, plan.next, embedded_connections_);
    keep_what_waits(plan.next, in_force_, plan.changes);
    for (const config::change& change : plan.changes)
        if (!change.needs_restart && touches_connections(change))
            plan.connection_changed = true;
    if (differ(plan.next.target, in_force_.target))
        plan.connection_changed = true;
    plan.migrations_changed = differ(plan.next.migrations_target, in_force_.migrations_target) ||
                              differ(plan.next.scratch_target, in_force_.scratch_target);
    return plan;
}

} // namespace headspace::daemon
