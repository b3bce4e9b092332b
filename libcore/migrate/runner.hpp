// Applies, reverts and stamps revisions, exactly once however many daemons try at the same time.
// What is to be done is decided by migrate/plan; this drives it over its own connections.
#pragma once

#include "base/event.hpp"
#include "base/jitter.hpp"
#include "migrate/plan.hpp"
#include "migrate/progress.hpp"
#include "migrate/settings.hpp"
#include "migrate/status.hpp"
#include "pg/session.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace headspace::migrate {

struct request {
    direction what = direction::upgrade;
    /// upgrade: "head", "heads", a revision or unique prefix, "+N". downgrade: "-N", a revision,
    /// "base". stamp: "head", "heads", a revision, "base".
    std::string target = "head";
    bool allow_destructive = false;  // upgrade: files with `-- DESTRUCTIVE:` marks may run
    bool allow_out_of_order = false; // upgrade: files before applied ones may run
    bool purge = false;              // stamp: forget every row first, whatever they say
    std::string from;                // adopt: a tool or a table; "": the only one that is there
    bool dry_run = false;            // plan only: nothing is locked, created or changed
    /// repair, with "" or a revision as target: of edited files, those of these checksums only
    /// (empty: any), or what became of the statement that nobody saw end.
    std::map<std::string, std::string, std::less<>> expected;
    statement_answer answer = statement_answer::none;
    /// Who asked, for the ledger's `applied_by`: a user name, or "auto_upgrade". The host's name
    /// is added; the database role stands in `db_role` beside it.
    std::string requested_by;
};

struct completed_step {
    step_summary step;
    duration took{};
};

struct outcome {
    std::vector<completed_step> done; // empty: there was nothing to do
    std::vector<std::string> current; // heads of what is applied now; empty: base
    /// What status() would say now, as far as this run knows.
    health::migrations_state state = health::migrations_state::unknown;
};

/// One run at a time; several runners, in this process and elsewhere, exclude each other through
/// the database. Connections come from `connector` (made for migrations.url when there is one) and
/// are closed at the end of each call: two for a run that has something to do (the lock's and the
/// one that migrates), one for status().
class runner {
public:
    /// `executor` must be the one that everything of this runner is called on; `jitter` and the
    /// connector must outlive it. `events` gets what only the runner knows (whom it waits for,
    /// whose backend it ends); steps and failures are the caller's to log, from progress and
    /// outcome.
    runner(asio::any_io_executor executor, std::shared_ptr<pg::connector> connector,
           migrate_settings settings, jitter_source& jitter, event_sink events);
    ~runner();
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;

    /// Does what is asked. Errors, all with file, line and SQLSTATE where known:
    /// refused before anything ran: no_migrations_directory, unreadable_directory, malformed_file
    /// and the other errors of the files, unknown_revision, ambiguous_revision, several_heads,
    /// destructive, edited_revision, out_of_order, no_down, not_in_sum, standby, newer_ledger,
    /// no_ledger_rights, unsafe_through_pooler, statement_undecided, lock_broken;
    /// conflict_here;
    /// lock_busy (after lock_wait, holder named), lock_timeout (retries used up, blocker named),
    /// migration_failed (nothing of that transaction remains; what was applied before it stays),
    /// cancelled, database_unavailable, connection_lost.
    /// `sink` may be empty. Its last event is `failed` when an error is returned.
    asio::awaitable<result<outcome>> run(request what, progress_sink sink);

    /// Ends the present run through the server: the statement is cancelled and its transaction
    /// rolled back; run() returns errc::cancelled. Does nothing when none runs.
    void cancel();

    /// The files beside the ledger. Never fails: what is wrong stands in `state` and `problem`.
    /// May be called while a run goes on.
    asio::awaitable<migration_status> status();

    /// For the next run and status().
    void apply(migrate_settings settings);
    void apply(std::shared_ptr<pg::connector> connector);

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace headspace::migrate
