// The driver: the real process environment, files, credentials and .env, handed to combine().
#pragma once

#include "config/combine.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace headspace::config {

/// What the process was started with. Captured once at the beginning of main(), because capturing
/// removes it: a reload looks here.
struct captured_environment {
    std::map<std::string, secret> variables; // DATABASE_*, HEADSPACE_*, PG* and a few paths
    bool service = false;                    // SYSTEMD_EXEC_PID is our own process id

    [[nodiscard]] std::string get(const std::string& name) const;
};

/// Remembers what matters for the configuration, then removes DATABASE_* and PG* (PGPASSFILE stays,
/// it is libpq's own) and overwrites them in the process's initial environment block, where
/// /proc/PID/environ would go on showing them. Call it first of all, before there is a second
/// thread.
[[nodiscard]] captured_environment capture_environment();

/// The same without touching anything; for headspacectl and tests.
[[nodiscard]] captured_environment look_at_environment();

/// Reads every source and combines them; for the start and for each reload.
[[nodiscard]] outcome load(const request& asked, const captured_environment& captured);

/// After the server refused the password: the one that its file or credential holds now, which may
/// be the same. Nothing when it comes from where it cannot change, or cannot be read.
[[nodiscard]] std::optional<secret> reread_password(const effective& in_force,
                                                    const captured_environment& captured);

/// No core dumps, no ptrace, and /proc/PID/environ belongs to root. Call it when
/// effective::holds_secret.
void forbid_dumping() noexcept;

/// The value of an option that takes a connection string: itself, `-` (standard input) or
/// `env:NAME`. An argument that was the value itself, and a variable, are overwritten in the
/// process's memory.
[[nodiscard]] result<secret> secret_argument(char* argument, std::string_view option);

} // namespace headspace::config
