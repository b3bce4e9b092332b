// What GET /metrics says: which number has which name, type and help. Pure. No label takes a value
// that a client or the database chooses, and none names a host, a user or a database.
#pragma once

#include "base/time.hpp"
#include "daemon/process_numbers.hpp"
#include "daemon/tally.hpp"
#include "health/report.hpp"
#include "metrics/prometheus.hpp"
#include "pool/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headspace::daemon {

/// Revisions, as the ledger and the directory said when they were last read.
struct ledger_counts {
    std::uint64_t applied = 0;
    std::uint64_t pending = 0;
};

struct metrics_facts {
    std::string version;
    wall_time started;         // the service
    wall_time process_started; // this process of it
    std::uint64_t crashes = 0; // between the two
    pool::pool_snapshot pool;  // with the counts of the whole service
    tally counted;             // the same
    bool database_up = false;
    health::migrations_state migrations = health::migrations_state::unknown;
    std::optional<ledger_counts> ledger;
    bool operation_running = false;
    bool last_reload_ok = true;
    wall_time last_reload_success; // or the start
    duration loop_lag{};
    std::uint64_t log_dropped = 0;
    process_numbers process;
};

[[nodiscard]] std::vector<metrics::family> metrics_page(const metrics_facts& facts);

} // namespace headspace::daemon
