// Reads a database's catalogue: the only place of this module that talks to a server.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "pg/session.hpp"
#include "schema/fact.hpp"

#include <string>
#include <vector>

namespace headspace::schema {

struct extract_options {
    /// Schemas that are not looked into, besides pg_* and information_schema.
    std::vector<std::string> skip_schemas{"headspace"};
    /// This session reads many times: its statements are prepared and stay so. Planning them takes
    /// longer than running them on a small catalogue.
    bool again = false;
};

/// One REPEATABLE READ READ ONLY transaction with an empty search_path; the session is idle before
/// and after. pg_get_*def() functions look at the newest catalogue and not at the snapshot: nobody
/// else should change the database meanwhile. Errors: those of session::query; the transaction is
/// then rolled back as far as the connection lives.
asio::awaitable<result<catalogue>> read_catalogue(pg::session& session, extract_options options,
                                                  time_point until);

} // namespace headspace::schema
