// What a run of migrations tells those who follow it: plain data. Its JSON shape, the one that
// GET /v1/operations/{id} streams, is in migrate/json.hpp.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "migrate/activity.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::migrate {

/// What is done with one revision. `adopt` is only asked for: its steps are stamps.
enum class direction { upgrade, downgrade, stamp, adopt, repair };

[[nodiscard]] std::string_view to_string(direction d) noexcept;

/// What a statement will ask of others, guessed from its first words.
struct statement_plan {
    std::uint32_t line = 0;
    std::string text; // its first line, passwords blanked
    std::string lock; // "ACCESS EXCLUSIVE"; "" for none on a table that others use, "?" unknown
    std::string warning;
};

/// One revision of a plan, as people see it.
struct step_summary {
    direction what = direction::upgrade;
    std::string revision;
    std::vector<std::string> parents; // empty: base
    std::string message;
    std::uint32_t statements = 0;
    bool transaction = true; // false: transaction:false, each statement is kept by itself
    std::vector<statement_plan> plan = {}; // of a dry run only
    std::string diff = {};                 // repair: from the recorded text to the file's
    std::string checksum = {}; // repair: of the file; "" for an answer about a statement
};

/// Who holds what we wait for: the advisory lock of another runner, a table lock, an orphaned
/// backend. Fields that the server does not show us are empty.
struct lock_holder {
    std::int64_t pid = 0;
    std::string application_name;
    std::string client_addr; // "" for a Unix socket
    std::string user;
    std::string since; // start of its transaction, ISO 8601
    std::string query; // first line of what it runs, passwords blanked
    std::string kind;  // query_kind() of that: what may be seen by everybody

    /// "pid 4711 (psql, alice, 10.0.0.5, since 2026-11-21 10:00:00 UTC, SELECT)".
    [[nodiscard]] std::string text() const;
    /// The same without the user, for STATUS=, which every local user can read.
    [[nodiscard]] std::string public_text() const;
};

/// "ALTER TABLE", "SELECT", "idle in transaction after UPDATE": from the text and the state that
/// pg_stat_activity shows; "" where it hides them.
[[nodiscard]] std::string query_kind(std::string_view query, std::string_view state);

enum class progress_kind {
    planned,          // `plan` is what will be done; the first event of every run
    warning,          // `text`; the run goes on
    waiting_for_lock, // `text` says for what, `holder` who has it
    started,          // `step`, of `index` of `count`
    statement,        // `step`, statement `statement` of `statements` begins
    working,          // that statement still runs; `doing` says how far the server is with it
    applied,          // `step` is done and recorded: upgrade
    reverted,         // the same: downgrade
    stamped,          // the same: stamp, nothing was run
    repaired,         // the same: repair, nothing was run
    failed,           // `problem`; nothing follows
};

[[nodiscard]] std::string_view to_string(progress_kind kind) noexcept;

struct progress {
    progress_kind kind = progress_kind::planned;
    std::vector<step_summary> plan;
    std::vector<std::string> forget; // planned, of a stamp: rows that will go
    std::string directory;           // planned: where the files are, and what they lead to
    std::vector<std::string> heads;
    bool dry_run = false; // planned: and nothing follows
    step_summary step;
    std::uint32_t index = 0; // of `step` in the plan, from 1
    std::uint32_t count = 0; // steps of the plan
    std::uint32_t statement = 0;
    std::uint32_t statements = 0;
    duration elapsed{}; // waiting_for_lock: waited so far; all others: since the step began
    std::optional<activity> doing;
    std::optional<lock_holder> holder;
    std::string text;
    std::optional<error> problem;
};

/// Called on the runner's executor; must not block.
using progress_sink = std::function<void(const progress&)>;

} // namespace headspace::migrate
