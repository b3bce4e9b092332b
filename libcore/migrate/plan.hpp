// From the files, the ledger and what is asked to the steps that do it, or the reason why not.
// Pure: everything that can be refused without touching the schema is refused here.
#pragma once

#include "migrate/ledger_row.hpp"
#include "migrate/progress.hpp"
#include "revisions/directory.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headspace::migrate {

/// What a person says of a bare statement whose end nobody saw.
enum class statement_answer : std::uint8_t {
    none,  // nothing is said: repair is about edited files
    done,  // it took effect
    again, // it did not: run it again
};

struct plan_request {
    direction what = direction::upgrade;
    std::string target;
    bool allow_destructive = false;
    bool purge = false;
    bool require_sum = false;
    bool allow_out_of_order = false;
    bool pooled = false; // the server is reached through a pooler
    statement_answer answer = statement_answer::none;
    /// repair: the checksums of the files that a person has looked at; empty: any.
    std::map<std::string, std::string, std::less<>> expected;
};

struct planned_step {
    direction what = direction::upgrade;
    std::string revision;
    std::vector<std::string> parents;
    std::string message;
    std::string file; // "" when only the ledger has it
    std::string checksum;
    revisions::section section;        // what runs; without statements for a stamp
    std::uint32_t statements_done = 0; // of an earlier run that stopped: these are not run again
    bool resumes = false;              // the ledger has a row of it already
    std::uint32_t statement_begun = 0; // as in ledger_row
    bool begun_unseen = false;         // and nobody saw how it ended
    std::string up_text;               // for the ledger
    std::optional<std::string> down_text;
    std::vector<std::string> forgets; // rows that go in the transaction that writes this one's
    std::vector<planned_step> stamps; // and rows that come: what this one replaces
    /// It runs although this one, after it, is applied already; "" in order.
    std::string late_before;
    /// Applied revisions that follow a late one, with the parents that their files give them.
    std::vector<std::pair<std::string, std::vector<std::string>>> relink;
    statement_answer answer = statement_answer::none; // repair
    std::string diff;                                 // repair: of an edited file
    std::string recorded_checksum;                    // repair: before it
    std::string statement_hash; // repair: of the statements up to the answered one

    [[nodiscard]] step_summary summary() const;
    /// Where messages say it is: "versions/FILE", or "REV (stored in the ledger)".
    [[nodiscard]] std::string place() const;
};

struct plan {
    std::vector<planned_step> steps;
    std::vector<std::string> forget; // stamp: rows that go, the latest first
    std::vector<std::string> warnings;
    [[nodiscard]] bool nothing_to_do() const { return steps.empty() && forget.empty(); }
};

/// Errors: those of the files; newer_ledger; unknown_revision, ambiguous_revision, usage,
/// several_heads; edited_revision, out_of_order, no_down, destructive, not_in_sum,
/// unsafe_through_pooler, malformed_file (a statement that cannot run in a transaction).
result<plan> make_plan(const revisions::directory& files, const ledger_state& ledger,
                       const plan_request& request);

/// The files and the applied revisions that have none any more, as one graph.
revisions::graph known_revisions(const revisions::directory& files,
                                 const std::vector<ledger_row>& rows);

/// What the ledger counts as applied: everything but partial rows.
revisions::revision_set applied_set(const std::vector<ledger_row>& rows);

/// The line of the first `-- DESTRUCTIVE:` mark of this half; 0: none.
[[nodiscard]] std::uint32_t destructive_line(const revisions::section& section);

/// repair: the applied files that were edited (all, or what `target` names), or the statement that
/// waits for an answer.
result<plan> plan_repair(const revisions::directory& files, const ledger_state& ledger,
                         const plan_request& request);

/// Whether the ledger of a newer headspaced is met; the error says so.
result<void> check_version(const ledger_state& ledger);

/// The applied files that are not what was applied. Each names the file; where the row has its
/// stored texts, `detail` is a unified diff from them to the file, passwords blanked.
[[nodiscard]] std::vector<error> edited_files(const revisions::graph& graph,
                                              const std::vector<ledger_row>& rows);

} // namespace headspace::migrate
