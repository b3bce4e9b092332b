// What the daemon counts beside its pool. Plain numbers of this process; daemon/history adds those
// of the processes before it.
#pragma once

#include "metrics/buckets.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace headspace::daemon {

using counts = std::map<std::string, std::uint64_t, std::less<>>;

struct tally {
    counts runs = {};    // of migrations, by outcome: run_outcome()
    counts answers = {}; // of the admin server: "200 /v1/status", "404 " for no route
    std::uint64_t queries_ok = 0, queries_failed = 0; // on pooled connections
    std::uint64_t reloads_ok = 0, reloads_refused = 0;
    std::uint64_t watchdog_pings = 0;
    metrics::buckets query_times{metrics::short_bounds};
    metrics::buckets migration_times{metrics::long_bounds}; // of one revision, up or down

    void count_query(bool succeeded, duration took) noexcept {
        ++(succeeded ? queries_ok : queries_failed);
        query_times.record(took);
    }
};

} // namespace headspace::daemon
