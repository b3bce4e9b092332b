// `db dump`: pg_dump as a child of the daemon, its output as the text of migrations/schema.sql.
#pragma once

#include "daemon/task.hpp"
#include "pg/host_connector.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace headspace::daemon {

struct dump_options {
    std::shared_ptr<pg::connector> connector; // as migrations connect
    pg::connect_settings connection;          // what it was made from
    std::string bindir;                       // embedded.bindir
    std::filesystem::path runtime_directory;  // for the private folder; /tmp when it is none
    duration connect_timeout{};               // of one round over all hosts
    duration query_timeout{};                 // of one question to the server or to a program
    duration lock_timeout{};                  // of each table
    duration dump_timeout{};
};

/// {"text": the file}. Errors: those of connecting; config_invalid, unsupported_server (see
/// choose_pg_dump), query_failed and database_unavailable with what pg_dump said, timed_out,
/// cancelled. The password travels in a file that only we can read, in a folder that is gone
/// afterwards.
task dump_task(dump_options options);

} // namespace headspace::daemon
