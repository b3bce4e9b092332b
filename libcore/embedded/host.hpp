// What the embedded PostgreSQL depends on outside of the configuration: who runs us and where
// programs are looked for. Read once, so that the decisions can be tested without it.
#pragma once

#include "base/error.hpp"
#include "io/child_process.hpp"

#include <optional>
#include <string>

namespace headspace::embedded {

/// Empty strings are variables that are not set.
struct host {
    std::string user;  // name of the user who runs headspaced
    bool root = false; // PostgreSQL refuses to run as root: it runs as `server` then
    std::optional<io::account> server; // the user `postgres`, when we are root and there is one
    std::string temporary = "/tmp";    // $TMPDIR
    std::string pg_bindir;             // $PG_BINDIR
    std::string path;                  // $PATH
};

/// Errors: io_failed (refuse) when our user id has no name, which peer authentication needs.
result<host> read_host();

} // namespace headspace::embedded
