// Tries drafts out: up must give the declared catalogue, down the one before, and no more may be
// lost or rewritten than was announced.
#pragma once

#include "migrate/approach.hpp"
#include "migrate/draft.hpp"
#include "migrate/generate.hpp"
#include "migrate/snapshot.hpp"

#include <memory>
#include <string>
#include <vector>

namespace headspace::migrate {

/// What is to be proved.
struct proposal {
    approach way;
    schema::schema_plan up; // from way.start to way.end
    bool online = false;
};

struct proved {
    std::vector<revision_draft> revisions;
    std::vector<std::string> notes;
    std::uint64_t seeded_rows = 0;
};

/// `session` is the only connection to A's scratch database, whose tables hold seeded rows if any;
/// `seeded` is what is in them, with the names that they have after the renames. What a plan of
/// several revisions needs in between is planned here. Errors: proof_failed, conflict_here,
/// cancelled, timed_out.
asio::awaitable<result<proved>> prove(std::shared_ptr<pg::session> session,
                                      const scratch& databases,
                                      std::shared_ptr<io::blocking> threads, proposal what,
                                      data_snapshot seeded, generate_sink told, time_point until);

/// Reads it for comparing; runs nothing else meanwhile.
asio::awaitable<result<catalogue_pointer>> read_shared_catalogue(pg::session& session,
                                                                 time_point until);

/// plan_changes() on a thread of its own: a large one holds up nobody.
asio::awaitable<result<schema::schema_plan>>
plan_on_thread(std::shared_ptr<io::blocking> threads, catalogue_pointer from, catalogue_pointer to,
               schema::plan_options options, time_point until);

} // namespace headspace::migrate
