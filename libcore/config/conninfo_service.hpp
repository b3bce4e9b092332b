// pg_service.conf: named sets of connection parameters, read here because libpq would let one
// replace what we already decided. Pure; private to config.
#pragma once

#include "config/conninfo_parts.hpp"

#include <optional>
#include <string_view>

namespace headspace::config {

/// The entry [name] of the file, nothing when it has none. Errors: config_invalid with the line.
result<std::optional<conninfo_fields>> find_service(std::string_view text, std::string_view name,
                                                    std::string_view path);

/// What `target` lacks is taken from `other`: host, hostaddr and port together, then each other
/// field and parameter.
void fill_from(conninfo& target, const conninfo& other);

} // namespace headspace::config
