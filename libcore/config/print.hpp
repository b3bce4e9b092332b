// The configuration in force for people and programs: --print-config, GET /v1/config. Pure.
#pragma once

#include "config/combine.hpp"

#include <string>
#include <vector>

namespace headspace::config {

struct row {
    std::string key;     // "database.pool_size"
    std::string value;   // "10", "30s", "localhost", "[\"root\"]"; "***" for a secret that is set
    std::string source;  // "default", "DATABASE_POOL_SIZE", "/etc/headspace/headspaced.toml:7"
    bool quoted = false; // a string in TOML
};

/// Every value in force, sslmode included, in the order of settings.hpp.
[[nodiscard]] std::vector<row> rows(const effective& in_force);

/// The masked form on one line, then a line for each row: `key = value   # source`.
[[nodiscard]] std::string print(const effective& in_force);

struct change {
    std::string key;
    std::string before, after; // as in row::value
    bool needs_restart = false;
};

/// What a reload would change, in the order of settings.hpp. A changed secret is a change from
/// "***" to "***".
[[nodiscard]] std::vector<change> compare(const effective& before, const effective& after);

} // namespace headspace::config
