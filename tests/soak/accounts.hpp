// What must hold whatever happened: nothing leaked, nothing lost, nothing said twice. Each function
// returns what does not hold, "" when all does.
#pragma once

#include "soak/world.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace headspace::soak {

/// One answer of GET /v1/pool: the parts are the whole, and what was made was closed or is there.
std::string check_pool(const boost::json::value& pool);

/// States in the log, in order: an outage is opened once, each of its causes is said once, and it
/// ends in one recovery. Repetitions ("still unavailable after") are for outages of minutes.
std::string check_log(std::string_view log, bool must_be_over);

/// Every revision that the ledger calls applied has its table and exactly one mark, the applied
/// ones come before all others, and no lock is left.
std::string check_migrations(const world& w);

struct holdings {
    std::size_t descriptors = 0; // beside those of connections
    std::size_t connections = 0;
    std::size_t backends = 0;
    std::size_t resident = 0; // KiB
};
/// While nobody asks. Connections that are just made or closed are waited for.
holdings what_is_held(world& w);

} // namespace headspace::soak
