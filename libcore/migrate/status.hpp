// What GET /v1/migrations says: the files of the directory beside the ledger of the database.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "health/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headspace::migrate {

struct pending_revision {
    std::string revision;
    std::vector<std::string> parents;
    std::string message;
    bool destructive = false;
};

/// A row of the ledger.
struct history_entry {
    std::string revision;
    std::vector<std::string> parents;
    std::string message;
    std::string state;      // applied | stamped | partial | reverting
    std::string applied_at; // UTC, "2026-11-21T10:00:00.123Z"
    std::int64_t duration_ms = 0;
    std::string applied_by; // who asked, on which host: "alice@web1", "auto_upgrade@web1"
    std::string file;       // name in the directory, "" when the file is gone
    std::uint32_t statements_done = 0;  // of a partial one
    std::uint32_t statements_total = 0; // of a partial one
    std::string error;                  // why a partial one stopped
};

struct migration_status {
    /// current | pending | none (no directory) | refused (`problem` says why `upgrade head` would
    /// be refused: edited, out of order, several heads, malformed, newer ledger) | unknown (the
    /// database could not be asked, see `problem`).
    health::migrations_state state = health::migrations_state::unknown;
    std::string directory;
    std::vector<std::string> current; // heads of what is applied; empty: base
    std::vector<std::string> heads;   // heads of the files
    std::vector<pending_revision> pending;
    std::vector<history_entry> history; // in the order of application
    std::vector<std::string> warnings;
    std::optional<error> problem;
};

} // namespace headspace::migrate
