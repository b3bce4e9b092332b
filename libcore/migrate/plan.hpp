// From the files, the ledger and what is asked to the steps that do it, or the reason why not.
// Pure: everything that can be refused without touching the schema is refused here.
#pragma once

#include "migrate/ledger_row.hpp"
#include "migrate/progress.hpp"
#include "revisions/directory.hpp"

#include <string>
#include <vector>

namespace headspace::migrate {

struct plan_request {
    direction what = direction::upgrade;
    std::string target;
    bool allow_destructive = false;
    bool purge = false;
    bool require_sum = false;
    bool pooled = false; // the server is reached through a pooler
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

/// Whether the ledger of a newer headspaced is met; the error says so.
result<void> check_version(const ledger_state& ledger);

/// The applied files that are not what was applied. Each names the file.
[[nodiscard]] std::vector<error> edited_files(const revisions::graph& graph,
                                              const std::vector<ledger_row>& rows);

} // namespace headspace::migrate
