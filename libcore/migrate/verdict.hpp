// What became of a bare statement whose end nobody saw: the catalogue knows, or nobody does.
#pragma once

#include "pg/session.hpp"
#include "revisions/statement.hpp"

namespace headspace::migrate {

enum class verdict {
    done,      // its effect is there, whole
    again,     // it left nothing, or only remains that drop_remains() takes away
    undecided, // the catalogue cannot tell
};

asio::awaitable<result<verdict>> ask_catalogue(pg::session& session, revisions::statement statement,
                                               time_point until);

/// Drops the INVALID index that a failed or orphaned CREATE INDEX CONCURRENTLY left; true when
/// there was one.
asio::awaitable<result<bool>> drop_remains(pg::session& session, revisions::statement statement,
                                           time_point until);

} // namespace headspace::migrate
