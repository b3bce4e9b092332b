// What is done before and after the generic comparison, since only the server knows what it makes
// of everything else: the stated renames and the links between tables that change. Both sides are
// read where the comparison begins and ends.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "pg/session.hpp"
#include "schema/links.hpp"
#include "schema/renames.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace headspace::migrate {

using catalogue_pointer = std::shared_ptr<const schema::catalogue>;

/// A to `start` by head, `start` to `end` by plan_changes(), `end` to B by tail.
struct approach {
    catalogue_pointer before; // A
    catalogue_pointer start;
    catalogue_pointer end;
    catalogue_pointer after;        // B
    schema::there_and_back renames; // the beginning of head: tables have their new names after it
    schema::there_and_back head;
    schema::there_and_back tail;
    bool rejoins = false; // schema::link_plan's
    std::vector<std::string> detected;
    std::vector<std::string> notes;

    [[nodiscard]] bool empty() const { return head.forward.empty() && tail.forward.empty(); }
};

/// A scratch database with B in it; asked for when links change.
using session_source = std::function<asio::awaitable<result<std::shared_ptr<pg::session>>>()>;

/// `session` leads to A's scratch database and leaves it as it was. Errors: those of
/// plan_renames(); conflict_here when rows that the migrations themselves insert forbid to part
/// tables; those of the server and of `declared`.
asio::awaitable<result<approach>> find_approach(std::shared_ptr<pg::session> session,
                                                session_source declared, catalogue_pointer before,
                                                catalogue_pointer after,
                                                std::vector<schema::stated_rename> renames,
                                                schema::plan_options options, time_point until);

/// One after the other, each by itself.
asio::awaitable<result<void>>
run_statements(pg::session& session, std::vector<schema::planned_statement> all, time_point until);

} // namespace headspace::migrate
