// Looks at everything between here and a migrated database, one step after the other, each with a
// deadline: for `headspacectl doctor`, inside the daemon (POST /v1/probe) and without it
// (`headspaced --probe`). Reads only. What it means is probe_judge's.
#pragma once

#include "config/read.hpp"
#include "daemon/probe_facts.hpp"
#include "migrate/runner.hpp"
#include "problems/finding.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <span>
#include <string>

namespace headspace::daemon {

struct probe_request {
    asio::any_io_executor executor;
    const config::effective& in_force;
    pg::connect_settings pooled;
    std::optional<pg::connect_settings> migrating; // with migrations.url
    std::function<asio::awaitable<migrate::migration_status>()> migrations;
};

/// Never fails: what cannot be asked stands in the facts as an error.
asio::awaitable<probe_facts> probe(probe_request what);

[[nodiscard]] probe_limits probe_limits_of(const config::effective& in_force);

/// {"version", "target", "status": "ok"|"warn"|"fail", "checks": [{"name", "status", "text",
/// "remedy"?, "sqlstate"?}]}
[[nodiscard]] boost::json::object probe_json(std::span<const problems::finding> findings,
                                             const std::string& target);

/// `headspaced --probe`: probes, prints the JSON on one line, and returns the exit status: 0, or 1
/// when something was found. Never touches the admin socket, never starts a PostgreSQL.
int run_probe(const config::effective& in_force, const config::captured_environment& captured);
/// The same for a configuration that is not valid: its diagnostics as findings; 78.
int refuse_probe(std::span<const config::diagnostic> wrong);

} // namespace headspace::daemon
