// Statements that keep others waiting: they scan, rewrite or build under a lock.
#include "lint/rules.hpp"
#include "lint/types.hpp"

#include <array>

namespace headspace::lint {

namespace {

using sort = constraint::sort;

bool adds(const fact& f, const situation& s, sort what) {
    return f.what == verb::add_constraint && f.constraint.what == what && s.existing(f);
}
bool adds_column(const fact& f, const situation& s) {
    return f.what == verb::add_column && s.existing(f);
}
bool fills_every_row(const fact& f) {
    const constraint* value = f.column.find(sort::default_value);
    return (value != nullptr && value->volatile_value) || f.column.type.is_serial() ||
           f.column.has(sort::identity);
}
bool harmless_change(const fact& f, const situation& s) {
    const type_name* before = s.types == nullptr ? nullptr : s.types->find(f.target, f.name);
    return before != nullptr && !f.converts && harmless_type_change(*before, f.column.type);
}

constexpr std::array rows{
    rule{.name = "require-concurrent-index-creation",
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::create_index && !f.concurrently && s.existing(f);
             },
         .why = "building an index blocks every write to the table until it is done",
         .remedy = "CREATE INDEX CONCURRENTLY, in a revision of its own with `transaction:false`"},
    rule{.name = "require-concurrent-index-deletion",
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::drop && f.object == object_kind::index && !f.concurrently &&
                        !s.created_index(f.target);
             },
         .why = "dropping an index locks its table against reads and writes",
         .remedy = "DROP INDEX CONCURRENTLY, in a revision of its own with `transaction:false`"},
    rule{.name = "require-concurrent-reindex",
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::reindex && !f.concurrently && s.existing(f) &&
                        !s.created_index(f.target);
             },
         .why = "REINDEX blocks writes to the table, and reads that would use the index",
         .remedy = "REINDEX ... CONCURRENTLY, in a revision of its own with `transaction:false`"},
    rule{.name = "require-concurrent-partition-detach",
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::detach_partition && !f.concurrently && s.existing(f);
             },
         .why = "DETACH PARTITION locks the whole partitioned table against reads and writes",
         .remedy = "DETACH PARTITION ... CONCURRENTLY, with `transaction:false`"},
    rule{.name = "adding-field-with-default",
         .holds =
             [](const fact& f, const situation& s) {
                 return adds_column(f, s) && fills_every_row(f) && !f.column.has(sort::primary_key);
             },
         .why = "a value that differs from row to row rewrites the table under ACCESS EXCLUSIVE",
         .remedy = "add the column without it, SET DEFAULT for new rows, fill the old ones in "
                   "batches"},
    rule{.name = "adding-field-with-default",
         .holds =
             [](const fact& f, const situation& s) {
                 return adds_column(f, s) && f.column.has(sort::generated);
             },
         .why = "a stored generated column rewrites the table under ACCESS EXCLUSIVE",
         .remedy = "add an ordinary column, keep it with a trigger, fill the old rows in batches"},
    rule{.name = "adding-serial-primary-key-field",
         .holds =
             [](const fact& f, const situation& s) {
                 return (adds_column(f, s) && f.column.has(sort::primary_key)) ||
                        (adds(f, s, sort::primary_key) && !f.constraint.using_index);
             },
         .why = "the primary key's index is built, and the rows are filled, under ACCESS EXCLUSIVE",
         .remedy = "CREATE UNIQUE INDEX CONCURRENTLY, then ADD PRIMARY KEY USING INDEX"},
    rule{.name = "adding-not-nullable-field",
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::set_not_null && s.existing(f) && !s.known_not_null(f);
             },
         .why = "SET NOT NULL reads the whole table under ACCESS EXCLUSIVE",
         .remedy =
             "ADD CHECK (... IS NOT NULL) NOT VALID; in a later revision VALIDATE it, SET NOT "
             "NULL, drop the check"},
    rule{.name = "adding-foreign-key-constraint",
         .holds =
             [](const fact& f, const situation& s) {
                 return adds(f, s, sort::foreign_key) && !f.constraint.not_valid;
             },
         .why = "every row is checked while both tables are locked against writes",
         .remedy = "ADD ... NOT VALID, and VALIDATE CONSTRAINT in a later revision"},
    rule{.name = "adding-foreign-key-constraint",
         .holds =
             [](const fact& f, const situation& s) {
                 return adds_column(f, s) && f.column.has(sort::foreign_key) &&
                        f.column.has(sort::default_value);
             },
         .why = "every row is checked while both tables are locked against writes",
         .remedy = "add the column alone, ADD FOREIGN KEY ... NOT VALID, VALIDATE it in a later "
                   "revision"},
    rule{.name = "adding-foreign-key-constraint",
         .level = severity::info,
         .holds =
             [](const fact& f, const situation& s) {
                 return adds_column(f, s) && f.column.has(sort::foreign_key) &&
                        !f.column.has(sort::default_value);
             },
         .why = "both tables are locked against writes, though no row needs to be checked",
         .remedy = "keep the rest of the revision short, or add the constraint NOT VALID"},
    rule{.name = "constraint-missing-not-valid",
         .holds =
             [](const fact& f, const situation& s) {
                 return (adds(f, s, sort::check) && !f.constraint.not_valid) ||
                        (adds_column(f, s) && f.column.has(sort::check));
             },
         .why = "every row is checked under ACCESS EXCLUSIVE",
         .remedy = "ADD CONSTRAINT ... NOT VALID, and VALIDATE CONSTRAINT in a later revision"},
    rule{.name = "constraint-missing-not-valid",
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::validate_constraint && s.transaction &&
                        s.added_not_valid(f) && s.existing(f);
             },
         .why = "validating in the transaction that added the constraint keeps the lock of ADD",
         .remedy = "VALIDATE CONSTRAINT in a later revision"},
    rule{.name = "disallowed-unique-constraint",
         .holds =
             [](const fact& f, const situation& s) {
                 return (adds(f, s, sort::unique) && !f.constraint.using_index) ||
                        (adds_column(f, s) && f.column.has(sort::unique));
             },
         .why = "its index is built while the table is locked against reads and writes",
         .remedy = "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT ... UNIQUE USING INDEX"},
    rule{.name = "adding-exclusion-constraint",
         .holds = [](const fact& f, const situation& s) { return adds(f, s, sort::exclusion); },
         .why = "its index is built while the table is locked against reads and writes",
         .remedy = "there is no form that does not block: run it when nobody minds"},
    rule{.name = "changing-column-type",
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::alter_type && s.existing(f) && !harmless_change(f, s);
             },
         .why = "a new type rewrites the table under ACCESS EXCLUSIVE, and running code may not "
                "know it",
         .remedy = "add a column, write both, fill the old rows, read the new one, drop the old"},
    rule{.name = "rewriting-table",
         .holds = [](const fact& f,
                     const situation& s) { return f.what == verb::rewrite_table && s.existing(f); },
         .why = "the table is copied under ACCESS EXCLUSIVE",
         .remedy = "there is no form that does not block: run it when nobody minds"},
    rule{.name = "prefer-repack",
         .holds = [](const fact& f,
                     const situation& s) { return f.what == verb::full_vacuum && s.existing(f); },
         .why = "the table is copied under ACCESS EXCLUSIVE",
         .remedy = "pg_repack does the same while others read and write"},
    rule{.name = "ban-alter-domain-with-add-constraint",
         .holds =
             [](const fact& f, const situation&) {
                 return f.what == verb::add_domain_constraint && !f.constraint.not_valid;
             },
         .why = "every table that uses the domain is read while it is locked",
         .remedy = "ADD CONSTRAINT ... NOT VALID and VALIDATE it later, or a CHECK on the table"},
    rule{.name = "ban-create-domain-with-constraint",
         .holds =
             [](const fact& f, const situation&) {
                 return f.what == verb::create_domain &&
                        (f.column.has(sort::check) || f.column.has(sort::not_null));
             },
         .why = "a domain's constraint is hard to change later: every table that uses it is read",
         .remedy = "a CHECK on the tables, which can be NOT VALID"},
    rule{.name = "unbounded-write",
         .holds =
             [](const fact& f, const situation& s) {
                 return (f.what == verb::update || f.what == verb::remove) && !f.filtered &&
                        s.transaction && s.changes_tables && s.existing(f);
             },
         .why = "every row is written while the locks of the revision's DDL are held",
         .remedy = "write the rows in batches, in a revision of its own"},
    rule{.name = "several-locked-tables",
         .level = severity::info,
         .once = true,
         .holds =
             [](const fact& f, const situation& s) {
                 return s.transaction && s.existing(f) && s.locked_another(f);
             },
         .why = "one transaction locks several tables: the first is kept waiting for the others, "
                "and another session that takes them in another order deadlocks",
         .remedy = "one revision for each table"},
    rule{.name = "require-lock-timeout",
         .holds =
             [](const fact& f, const situation&) {
                 return f.what == verb::set_variable && f.name == "lock_timeout" &&
                        (f.value.empty() ||
                         f.value.find_first_not_of("0mins ") == std::string::npos);
             },
         .why = "without lock_timeout everybody queues behind this migration while it waits",
         .remedy = "leave it: each migration runs with the configured lock_timeout, or write "
                   "`lock_timeout:5s` behind `-- migrate:up`"},
    rule{.name = "require-statement-timeout",
         .on_request = true,
         .once = true,
         .holds =
             [](const fact& f, const situation& s) {
                 return locks_table(f) && s.existing(f) && !s.set_statement_timeout();
             },
         .why = "nothing bounds how long the statement may hold its lock",
         .remedy = "SET LOCAL statement_timeout = '...' before it"},
};

} // namespace

std::span<const rule> lock_rules() {
    return rows;
}

} // namespace headspace::lint
