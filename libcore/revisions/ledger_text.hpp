// The SQL that creates and writes the ledger, the schema `headspace`: for the runner, which sends
// it in one message with the BEGIN or COMMIT it belongs to, and for scripts that are run by hand.
// Pure.
#pragma once

#include "base/time.hpp"
#include "revisions/script.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headspace::revisions {

/// Of the schema `headspace`: an older headspaced refuses a ledger with a higher number.
inline constexpr int ledger_version = 1;

/// The advisory lock of whoever migrates a database: a pair of integers, the same for every
/// headspaced of every version.
inline constexpr std::int32_t ledger_lock_space = 0x48445350; // "HDSP"
/// FNV-1a, 32 bit.
[[nodiscard]] constexpr std::int32_t lock_key_of(std::string_view name) {
    std::uint32_t h = 2166136261U;
    for (const char c : name)
        h = (h ^ static_cast<unsigned char>(c)) * 16777619U;
    return static_cast<std::int32_t>(h);
}
/// One run at a time.
[[nodiscard]] constexpr std::int32_t ledger_lock_key() {
    return lock_key_of("headspace.migrations");
}

/// Who and what goes into every row that a run writes.
struct ledger_author {
    std::string run;          // 16 hex digits, new for each run
    std::string requested_by; // "alice@web1"
};

/// One revision as the ledger keeps it.
struct ledger_entry {
    std::string revision;
    std::vector<std::string> parents;
    std::string message;
    std::string file;
    std::string checksum;
    std::string up_text;
    std::optional<std::string> down_text;
    bool down = false;            // the half that runs
    std::uint32_t statements = 0; // of that half
    std::string note = {};        // detail of the event that says it was applied or reverted
    /// Rows that follow this one from now on, with their parents; they were there before it.
    std::vector<std::pair<std::string, std::vector<std::string>>> relink = {};
};

/// What stands beside the number of statements that are done: a hash over their texts, each added
/// to that of those before it. "" before the first.
[[nodiscard]] std::string add_to_hash(std::string_view before, const statement& next);
/// Over the first `count` statements; fewer when there are fewer.
[[nodiscard]] std::string hash_of_first(const section& which, std::uint32_t count);

namespace ledger_text {

/// Tables that are missing, without BEGIN and COMMIT, a `;` after each statement.
std::string create(bool with_schema);

/// A line for migration_events as `INSERT ...` without `;`. `statement`, `took` and `detail` are
/// SQL.
std::string event(std::string_view revision, std::string_view event, const ledger_author& who,
                  std::string_view statement = "NULL", std::string_view took = "NULL",
                  std::string_view detail = "NULL");

/// A row that is there with this statement or not at all; a second runner that should not exist
/// fails at the primary key.
std::string applied(const ledger_entry& entry, const ledger_author& who, duration took);
std::string reverted(const ledger_entry& entry, const ledger_author& who, duration took);
std::string stamped(const ledger_entry& entry, const ledger_author& who);

// Halves that run statement by statement (transaction:false).
/// The row before the first statement, or its new text and total when it goes on.
std::string begun(const ledger_entry& entry, const ledger_author& who, bool resumes);
/// Statement `k` is done, and `hash` is that of all up to it; must change one row.
std::string statement_done(std::string_view revision, const ledger_author& who, std::uint32_t k,
                           std::string_view hash, duration took);
/// Bare statement `k` is about to run on this backend; a pooled connection has none to name.
std::string statement_begun(std::string_view revision, const ledger_author& who, std::uint32_t k,
                            bool pooled);
/// All statements are done: the row is an applied one now, or gone.
std::string finished(const ledger_entry& entry, const ledger_author& who);

} // namespace ledger_text

} // namespace headspace::revisions
