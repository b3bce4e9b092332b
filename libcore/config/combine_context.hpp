// What the steps of combine() share; private to config. Pure.
#pragma once

#include "config/combine.hpp"
#include "config/conninfo_parts.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::config {

struct combine_context {
    const file_settings& file;
    const environment& env;
    const request& asked;
    effective out;
    std::vector<diagnostic> errors;

    /// Nothing when the variable is unset or empty.
    [[nodiscard]] const variable* find_variable(const std::string& name) const {
        const auto found = env.variables.find(name);
        return found == env.variables.end() ? nullptr : &found->second;
    }
    [[nodiscard]] std::string variable_text(const std::string& name) const {
        const variable* v = find_variable(name);
        return v == nullptr ? std::string() : std::string(v->value.reveal());
    }
    [[nodiscard]] bool test() const {
        return asked.test || variable_text("HEADSPACE_ENV") == "test";
    }

    /// "headspaced.toml:7"
    [[nodiscard]] std::string place_of(const std::string& key) const {
        const auto at = file.given.find(key);
        return file.path + (at == file.given.end() ? "" : ":" + std::to_string(at->second.line));
    }
    void fail(const variable& v, const std::string& message) {
        errors.push_back({"", 0, 0, v.source + ": " + message});
    }
    void fail_key(const std::string& key, std::string message) {
        const auto at = file.given.find(key);
        const position where = at == file.given.end() ? position{} : at->second;
        errors.push_back({file.path, where.line, where.column, std::move(message)});
    }
};

/// Variables that name a database; DATABASE_PASSWORD and the pool's do not.
inline constexpr std::array<const char*, 4> identity_variables{"DATABASE_HOST", "DATABASE_PORT",
                                                               "DATABASE_NAME", "DATABASE_USER"};
inline constexpr std::array<const char*, 4> identity_keys{"database.host", "database.port",
                                                          "database.name", "database.user"};
inline constexpr std::array<const char*, 6> identity_pg_variables{
    "PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE"};

/// Points 2, 3, 5 and 6: which database, and its password. Fills target, embedded, origins.
void choose_target(combine_context& context);

/// migrations.url and migrations.scratch_url.
void choose_other_targets(combine_context& context);

/// What a URL lacks: the service it names, then libpq's defaults. False: an error was added.
bool complete(combine_context& context, conninfo& target, const std::string& source);

/// The parameters of `target` that have a key in [database] replace it there; the keys that were
/// replaced are returned.
std::vector<std::string> overlay_parameters(database_settings& database, const conninfo& target);

} // namespace headspace::config
