// What the embedded PostgreSQL depends on outside of the configuration: who runs us and where such
// a program keeps its things. Read once, so that the decisions can be tested without it.
#pragma once

#include "base/error.hpp"
#include "io/child_process.hpp"

#include <optional>
#include <string>

namespace headspace::embedded {

/// Empty strings are variables that are not set.
struct host {
    std::string user;                          // name of the user who runs headspaced
    bool root = false;                         // then PostgreSQL runs as `server_account`
    std::optional<io::account> server_account; // `postgres`, when we are root and it exists
    std::string home;
    std::string state_directory;   // $STATE_DIRECTORY: the first of its folders
    std::string runtime_directory; // $RUNTIME_DIRECTORY: the same
    std::string xdg_state_home;
    std::string xdg_runtime_dir;
    std::string temporary = "/tmp"; // $TMPDIR
    std::string pg_bindir;          // $PG_BINDIR
    std::string path;               // $PATH
};

/// Errors: io_failed (refuse) when our user id has no name, which peer authentication needs.
result<host> read_host();

} // namespace headspace::embedded
