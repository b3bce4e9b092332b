// From two catalogues to the statements that turn the first into the second. The way back is
// the same with the arguments exchanged. Pure and deterministic.
//
// Every change becomes atomic actions (a bare table, each column, foreign key, default, grant by
// itself) in one dependency graph, sorted once; what the catalogue makes necessary besides (a view
// over a column whose type changes, with its triggers, grants and comments) is dropped and created
// again. Afterwards columns and constraints are folded into their CREATE TABLE where the order
// allows it.
#pragma once

#include "base/error.hpp"
#include "schema/fact.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace headspace::schema {

/// What a statement does to others, the strongest lock it takes on something that exists.
enum class lock_class : std::uint8_t {
    none,                   // creates something, or locks nothing that a table's users meet
    share_update_exclusive, // reads and writes go on
    share,                  // writes wait
    share_row_exclusive,    // writes wait
    access_exclusive,       // reads and writes wait
};
/// "ACCESS EXCLUSIVE"; "" for none.
std::string_view to_string(lock_class l);

struct planned_statement {
    std::string sql; // one statement, without the semicolon; may span lines
    /// False: belongs into a `transaction:false` file, because it cannot run in a transaction or
    /// must not share one with the statements before it.
    bool transactional = true;
    std::string destructive; // why, for `-- DESTRUCTIVE: why`; empty: no data is lost
    lock_class lock = lock_class::none;
    std::vector<fact_id> locks;    // tables that exist before the plan and on which it takes it
    std::vector<fact_id> rewrites; // tables whose files are written anew (relfilenode changes)
    std::vector<fact_id> loses;    // tables whose rows, and columns whose values, may be lost or
                                   // changed: nothing else may differ after this plan
    /// Of an enum, as SQL writes it: it cannot be used before a commit.
    std::string new_value = {};
    std::vector<std::string> warnings; // for people: "fails when rows exist: ..."
    /// Of the linter, with the reason: "adding-not-nullable-field -- ...". It does not hold here.
    std::string silences = {};
};

struct plan_options {
    bool online = false; // prefer forms that block nobody; these may need several files
    bool fold = true;    // false: leave atomic actions as they are (tests)
};

struct schema_plan {
    std::vector<planned_statement> statements; // in order
    std::vector<std::string> detected;         // "Detected added table 'x'"
    std::vector<std::string> hints;            // candidates for renames, ...
    std::vector<std::string> notes;            // what was ignored and why
    std::vector<unmodelled_object> unmodelled; // of either side: present and not compared

    [[nodiscard]] bool empty() const { return statements.empty(); }
};

/// Errors: conflict_here (refuse) for what cannot be done without guessing, for example a column
/// whose old type has no cast to the new one; the message names objects and types, the hint says
/// what to write by hand.
result<schema_plan> plan_changes(const catalogue& from, const catalogue& to,
                                 const plan_options& options);

} // namespace headspace::schema
