// From the configuration in force to what opens connections: the pool's connector, the migrations'
// one.
#pragma once

#include "base/event.hpp"
#include "config/combine.hpp"
#include "config/read.hpp"
#include "pg/host_connector.hpp"

#include <functional>
#include <memory>

namespace headspace::daemon {

/// Called with a password that was read again, before it is used.
using password_listener = std::function<void(const secret&)>;

/// What the pooled connections are made with. `captured` must outlive the result: a refused
/// password is read again.
pg::connect_settings make_connect_settings(const config::effective& in_force,
                                           const config::captured_environment& captured,
                                           password_listener learned);

/// The same for migrations: migrations.url where given, no statement_timeout.
pg::connect_settings make_migration_connect_settings(const config::effective& in_force,
                                                     const config::captured_environment& captured,
                                                     password_listener learned);

/// Connects through `inner`; when the database does not exist (3D000), creates it through
/// `maintenance` and tries again. For the embedded database and for --test, where it is ours to
/// create.
std::shared_ptr<pg::connector> make_creating_connector(std::shared_ptr<pg::connector> inner,
                                                       std::shared_ptr<pg::connector> maintenance,
                                                       std::string database, event_sink events);

/// Fails at once with `reason`, as long as the embedded PostgreSQL is not there yet.
std::shared_ptr<pg::connector> make_pending_connector(error reason);

} // namespace headspace::daemon
