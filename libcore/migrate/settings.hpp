// The runner's view of the settings, reshaped once (config::migrations_settings has units and
// defaults).
#pragma once

#include "base/time.hpp"
#include "config/settings.hpp"
#include "revisions/formats/format.hpp"

#include <string>

namespace headspace::migrate {

struct migrate_settings {
    std::string directory; // absolute, or relative to the working directory
    revisions::directory_format format = revisions::directory_format::automatic;
    bool require_sum = false;    // refuse pending files that headspace.sum does not cover
    duration lock_timeout{};     // of each statement, unless its file says otherwise
    duration lock_wait{};        // longest wait for the advisory lock, and for retries
    duration lock_poll{};        // between tries for the advisory lock, with jitter
    duration retry_initial{};    // delay before a migration that hit lock_timeout runs again
    duration retry_max{};        // longest of these
    duration connection_check{}; // client_connection_check_interval of our connections
    duration query_timeout{};    // of our own queries; migration statements have no deadline
    duration connect_timeout{};  // of one round over all hosts
};

/// Everything but the directory is taken over as it is; `directory` is where the daemon found it.
migrate_settings make_migrate_settings(const config::settings& all, std::string directory);

} // namespace headspace::migrate
