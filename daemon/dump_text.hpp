// The pure half of `db dump`: which pg_dump fits a server, what it is told, and what of its output
// becomes migrations/schema.sql.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "embedded/locate.hpp"
#include "revisions/graph.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::daemon {

/// The pg_dump of the server's major version, else the oldest newer one: an older one does not know
/// what the server has. `server` is 150020 for 15.20. Errors: config_invalid (refuse) when there is
/// none at all, unsupported_server (refuse) with both versions when all are older.
result<embedded::found_program> choose_pg_dump(const std::vector<embedded::found_program>& found,
                                               int server, const std::string& server_text);

/// `host='db' port='5432'`: what libpq reads back as these values.
[[nodiscard]] std::string conninfo_text(const std::map<std::string, std::string>& values);

struct dump_arguments {
    std::string program;
    std::string connection; // conninfo_text(), without secrets
    std::string file;       // where the output goes
    duration lock_timeout{};
    bool knows_restrict_key = false;
};
/// Schema only, without owners, privileges, subscriptions (their connection strings may hold a
/// password) and the ledger.
[[nodiscard]] std::vector<std::string> arguments_of(const dump_arguments& what);

/// A line of libpq's password file that fits every server.
[[nodiscard]] std::string password_line(std::string_view password);

/// The same text for the same schema, whichever minor versions and machines are involved: without
/// the lines that name versions; passwords of user mappings replaced by ***; `revisions` as a
/// comment at the end, in version order.
[[nodiscard]] std::string schema_text(std::string_view dumped, revisions::revision_list revisions);

/// What pg_dump said as it failed, as an error: database_unavailable when it could not connect,
/// query_failed else.
[[nodiscard]] error describe_dump_failure(const std::vector<std::string>& said,
                                          const std::string& how_it_ended);

} // namespace headspace::daemon
