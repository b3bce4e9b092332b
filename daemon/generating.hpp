// What the daemon gives the generator of migrations to work with: ways to the scratch databases and
// to a model's database.
#pragma once

#include "base/event.hpp"
#include "config/combine.hpp"
#include "migrate/generate.hpp"
#include "pg/host_connector.hpp"

#include <memory>

namespace headspace::daemon {

/// `migrating` is what `target` was made from.
migrate::generate_settings make_generate_settings(asio::any_io_executor executor,
                                                  const config::effective& in_force,
                                                  const pg::connect_settings& migrating,
                                                  std::shared_ptr<pg::connector> target);

/// Drops scratch databases that a killed headspaced has left on the server. `session` is any
/// connection to it: others are only opened when there are some.
asio::awaitable<void> reap_at_start(pg::session& session, migrate::generator& generator,
                                    bool elsewhere, event_sink events, time_point until);

} // namespace headspace::daemon
