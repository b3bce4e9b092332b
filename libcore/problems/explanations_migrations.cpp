// The codes of migrations: files, applying, generating.
#include "problems/explanations.hpp"

#include <array>

namespace headspace::problems {

namespace {

constexpr auto rows = std::to_array<explanation>({
    {"unreadable-directory", "The migrations directory is there but cannot be read.",
     "the daemon's user may not enter it or a folder above it\nits format cannot be told",
     "namei -l DIRECTORY shows who may; the service runs as the user headspace\n"
     "migrations.format names the format",
     "yes, once it can be read, where migrations.auto_upgrade is on"},
    {"no-migrations-directory", "There is no migrations directory.",
     "migrations.directory is relative to the folder of the configuration file\nthere is none yet",
     "headspacectl db init makes one\nset migrations.directory to an absolute path", ""},
    {"malformed-file", "A migration file cannot be understood; file and line are named.",
     "no \"-- migrate:up\"\nan unterminated quote\na psql meta-command such as \\i\nnot UTF-8",
     "mend the named line\nheadspacectl db lint looks at all files", ""},
    {"duplicate-revision", "Two files have the same revision.",
     "a file was copied\ntwo branches made a revision in the same second",
     "rename one of the two: headspacectl db revision -m MSG makes a name that is free\nthen "
     "headspacectl db hash",
     ""},
    {"missing-parent", "A revision names a parent that no file has.",
     "a file was removed or not checked in\na misspelt \"-- headspace:parent\"",
     "bring the file back, or mend \"-- headspace:parent REV\" in the named one", ""},
    {"revision-cycle", "The parents of some revisions lead back to themselves.",
     "\"-- headspace:parent\" was edited by hand", "headspacectl db history names them; mend one",
     ""},
    {"several-heads", "There are several newest revisions, and it is not said which one is meant.",
     "two branches each added a migration and were merged in Git",
     "headspacectl db heads shows them\nheadspacectl db merge -m MSG REV REV makes one of them\n"
     "headspacectl db upgrade heads applies all",
     ""},
    {"unknown-revision", "No revision has that name.",
     "a misspelt name\nanother migrations directory than you think",
     "headspacectl db history shows all\nheadspacectl db status names the directory", ""},
    {"ambiguous-revision", "Several revisions begin so.", "a prefix that is too short",
     "write more of it; headspacectl db history shows all", ""},
    {"destructive", "A pending migration is marked with \"-- DESTRUCTIVE\": it loses data.",
     "DROP TABLE, DROP COLUMN and the like, written on purpose",
     "headspacectl db upgrade --dry-run shows it\nheadspacectl db upgrade --allow-destructive does "
     "it\nan automatic upgrade never does",
     ""},
    {"edited-revision", "A file differs from what was applied under its name.",
     "somebody edited a migration that had been applied\nanother branch has another text",
     "git diff, and bring the old text back: a change belongs into a new revision\nheadspacectl db "
     "repair shows the difference and, when you agree, records the new text; it runs nothing",
     ""},
    {"out-of-order", "A pending revision comes before one that is applied.",
     "a branch with an older migration was merged later",
     "headspacectl db upgrade --allow-out-of-order applies it\nor make it the newest: headspacectl "
     "db merge, or a new revision with its text",
     ""},
    {"no-down", "The revision has no way back.", "its file has no \"-- migrate:down\"",
     "write a new revision that undoes it: headspacectl db revision -m MSG", ""},
    {"not-in-sum", "migrations.require_sum is on and headspace.sum does not cover a pending file.",
     "a file was added or edited without headspacectl",
     "headspacectl db hash, after you looked at the file, and check in headspace.sum", ""},
    {"standby", "The server is a read-only standby: nothing can be migrated there.",
     "a failover\ndatabase.host names the replica\ndefault_transaction_read_only is on",
     "name all hosts and let headspaced find the primary: "
     "postgresql://user@a,b/database?target_session_attrs=read-write\nmigrations.url names another "
     "address for migrations",
     "yes, when a primary answers, where migrations.auto_upgrade is on"},
    {"newer-ledger", "The schema headspace was written by a newer headspaced.",
     "this daemon was downgraded, or another one is newer",
     "upgrade this headspaced: headspacectl version", ""},
    {"no-ledger-rights", "The role may not keep the ledger in the schema headspace.",
     "the role may not CREATE in the database",
     "run the GRANT that the message shows as the owner of the database\nor let another role "
     "migrate: migrations.url",
     "yes, once the right is there, where migrations.auto_upgrade is on"},
    {"unsafe-through-pooler",
     "A transaction pooler stands in between, and this file needs a session of its own.",
     "a file with \"transaction:false\" that contains SET",
     "set migrations.url to the server's own address, without the pooler", ""},
    {"statement-undecided",
     "A statement outside of a transaction began, and nobody saw how it ended.",
     "the daemon or the server was killed in the middle of it",
     "look whether it took effect, then headspacectl db repair --done or headspacectl db repair "
     "--again",
     ""},
    {"migration-locked", "Another headspaced migrates this database.",
     "several daemons started together\none of them waits for a table lock itself",
     "headspacectl doctor and the message name the holder\nheadspacectl db status --follow shows "
     "what runs\nmigrations.lock_wait is how long to wait",
     "yes: it waits for migrations.lock_wait, and an automatic upgrade tries again"},
    {"lock-timeout", "A lock on a table was not granted in time, again and again.",
     "a long transaction uses the table\na backup or a VACUUM FULL",
     "the message names the blocker: end it with SELECT pg_terminate_backend(PID);\n"
     "migrations.lock_timeout is how long one try waits, migrations.lock_wait how long it is tried",
     "yes: it is tried again with growing delays until migrations.lock_wait is over"},
    {"lock-broken", "Advisory locks do not exclude each other at that address.",
     "a pooler that sends the statements of one transaction to different servers\na database that "
     "only resembles PostgreSQL",
     "set migrations.url to the server's own address", ""},
    {"migration-failed", "A statement of a migration failed; its transaction was rolled back.",
     "the SQL is wrong for this database\ndata contradicts a new constraint",
     "headspacectl explain SQLSTATE for the state in the message\nmend the named file and line, "
     "then headspacectl db upgrade",
     ""},
    {"no-scratch-rights", "The role may not make the scratch databases that generating needs.",
     "the role has no CREATEDB",
     "ALTER ROLE \"USER\" CREATEDB;\nor migrations.scratch_url names a server where it may", ""},
    {"schema-invalid", "The server refused a statement of the declared schema.",
     "a mistake in migrations/schema\nan extension that the server does not have",
     "mend the named file and line; headspacectl explain SQLSTATE for its state", ""},
    {"unmodelled-objects",
     "The database has objects that are not compared, and --strict was given.",
     "kinds of objects that Headspace does not model",
     "leave --strict out: they are named as a warning then", ""},
    {"proof-failed",
     "The generated migration does not lead to the declared schema; nothing was "
     "written.",
     "a change that cannot be told from the two schemas\na bug of ours",
     "write the revision by hand: headspacectl db revision -m MSG\nsmaller steps often work", ""},
});

} // namespace

std::span<const explanation> migration_explanations() noexcept {
    return rows;
}

} // namespace headspace::problems
