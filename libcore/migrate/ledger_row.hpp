// What the ledger holds, as plain data: written and read by migrate/ledger, judged by migrate/plan.
#pragma once

#include "revisions/ledger_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::migrate {

using revisions::ledger_version;

enum class row_state : std::uint8_t {
    applied,
    stamped,   // recorded without having run
    partial,   // a transaction:false file that stopped after `statements_done`
    reverting, // the same of its down half
};

[[nodiscard]] std::string_view to_string(row_state state) noexcept;

struct ledger_row {
    std::string revision;
    std::vector<std::string> parents;
    std::string message;
    std::string file; // its name when it was applied
    std::string checksum;
    row_state state = row_state::applied;
    std::string applied_at; // UTC
    std::int64_t duration_ms = 0;
    std::string applied_by;
    std::string error; // why a partial one stopped last

    // Of partial and reverting rows.
    std::uint32_t statements_done = 0;
    std::uint32_t statements_total = 0;
    std::string statements_hash; // revisions::hash_of_first() of those that are done
    /// The bare statement that was begun last, from 1; 0: none. With an empty `run` it is known to
    /// have failed; with a run it may still go on, or have ended unseen.
    std::uint32_t statement_begun = 0;
    std::string run;
    std::int64_t backend_pid = 0;
    std::string backend_start; // as pg_stat_activity says it: the pid alone may be another's by now

    /// The stored halves, each with its directive line; read only where they are needed.
    std::optional<std::string> up_sql;
    std::optional<std::string> down_sql; // nothing: the file has no down
    bool has_down = false;
};

/// Everything the ledger says. `exists` false: there is none yet, which is an empty one.
struct ledger_state {
    bool exists = false;
    int version = ledger_version;
    std::vector<ledger_row> rows; // in the order of application
};

/// The rows that no other row follows: what `current` prints.
[[nodiscard]] std::vector<std::string> current_heads(const std::vector<ledger_row>& rows);

} // namespace headspace::migrate
