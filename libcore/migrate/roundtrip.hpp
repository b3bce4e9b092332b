// All revisions up, down to base and up again in a scratch database: does each down restore what
// was before its up?
#pragma once

#include "migrate/check.hpp"
#include "migrate/scratch.hpp"
#include "revisions/graph.hpp"

#include <string>
#include <vector>

namespace headspace::migrate {

/// Ends at the first revision whose down is missing, fails or does not restore: a finding for each
/// thing that differs, none when all is well. Errors: migration_failed (an up fails on an empty
/// database), malformed_file, those of scratch.
asio::awaitable<result<std::vector<finding>>> run_roundtrip(scratch& databases,
                                                            revisions::graph files, check_sink told,
                                                            std::vector<std::string>& notes,
                                                            time_point until);

} // namespace headspace::migrate
