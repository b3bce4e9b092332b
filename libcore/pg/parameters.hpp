// What libpq is told for one attempt: every keyword that matters is set, so that neither the
// environment nor a home directory decides anything.
#pragma once

#include "base/secret.hpp"
#include "pg/host_connector.hpp"
#include "pg/sqlstate.hpp"

#include <map>
#include <optional>
#include <string>

namespace headspace::pg {

struct parameters {
    std::map<std::string, std::string> values; // by libpq keyword, without secrets
    std::optional<secret> password;
    secret sslpassword;
};

/// The sslmode of a host: the connection string's, else the setting, else by the host.
[[nodiscard]] std::string sslmode_for(const connect_settings& settings,
                                      const config::host_entry& host);

/// The CA file that applies: the connection string's, else the setting, else that of the system for
/// verify-ca and verify-full; "system" means the latter. "" when none is used.
[[nodiscard]] std::string ca_file_for(const connect_settings& settings, const std::string& sslmode);

/// `sslmode` is the one of this attempt, which may differ from sslmode_for().
[[nodiscard]] parameters parameters_for(const connect_settings& settings, const endpoint& where,
                                        const std::string& sslmode,
                                        const std::optional<secret>& password);

} // namespace headspace::pg
