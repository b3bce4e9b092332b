// Statements that fail, or do something else than they seem to.
#include "lint/rules.hpp"

#include <array>

namespace headspace::lint {

namespace {

using sort = constraint::sort;
constexpr auto both = rule::half::both;

bool is_control(const fact& f) {
    return f.what == verb::begin || f.what == verb::end || f.what == verb::other_control;
}
bool can_be_robust(const fact& f) {
    switch (f.what) {
    case verb::create_table:
    case verb::create_index:
    case verb::create_other:
    case verb::drop:
    case verb::add_column:
    case verb::drop_column:
    case verb::add_enum_value:
        return true;
    default:
        return false;
    }
}

constexpr std::array rows{
    rule{.name = "adding-required-field",
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::add_column && s.existing(f) &&
                        f.column.has(sort::not_null) && !f.column.has(sort::default_value) &&
                        !f.column.has(sort::generated) && !f.column.has(sort::identity) &&
                        !f.column.type.is_serial();
             },
         .why =
             "NOT NULL without a default fails when the table has rows, and then fails code that "
             "does not know the column",
         .remedy = "give it a constant DEFAULT, or add it nullable and SET NOT NULL later"},
    rule{.name = "ban-concurrent-index-creation-in-transaction",
         .where = both,
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::create_index && f.concurrently && s.transaction;
             },
         .why = "CREATE INDEX CONCURRENTLY fails in a transaction",
         .remedy = "a revision of its own whose directive says `transaction:false`"},
    rule{.name = "not-in-transaction",
         .where = both,
         .once = false,
         .holds =
             [](const fact& f, const situation& s) {
                 return s.cannot_run_in_transaction && s.transaction &&
                        f.what != verb::create_index && f.what != verb::long_identifier;
             },
         .why = "the statement cannot run inside a transaction",
         .remedy = "a revision of its own whose directive says `transaction:false`"},
    rule{.name = "transaction-nesting",
         .where = both,
         .once = true,
         .holds = [](const fact& f, const situation&) { return is_control(f); },
         .why = "transaction control in a migration would record half of it: it is refused",
         .remedy = "leave it out; what must be committed apart is a revision of its own"},
    rule{.name = "ban-uncommitted-transaction",
         .where = both,
         .once = true,
         .holds = [](const fact& f,
                     const situation& s) { return f.what == verb::begin && !s.commits; },
         .why = "BEGIN without COMMIT: whoever runs the file by hand loses all of it",
         .remedy = "leave BEGIN out"},
    rule{.name = "identifier-too-long",
         .where = both,
         .holds = [](const fact& f, const situation&) { return f.what == verb::long_identifier; },
         .why = "PostgreSQL cuts names after 63 bytes without an error",
         .remedy = "a shorter name"},
    rule{.name = "ban-duplicate-column-assignments",
         .where = both,
         .holds = [](const fact& f, const situation&) { return f.what == verb::assign_twice; },
         .why = "the column is assigned twice: the statement fails",
         .remedy = "leave one of them out"},
    rule{.name = "new-enum-value-in-same-transaction",
         .where = both,
         .holds =
             [](const fact& f, const situation& s) {
                 return f.what == verb::use_of_enum_value && s.transaction;
             },
         .why = "a value that was added in this transaction cannot be used in it",
         .remedy = "add the value in a revision of its own, before this one"},
    rule{.name = "require-enum-value-ordering",
         .level = severity::info,
         .holds = [](const fact& f,
                     const situation&) { return f.what == verb::add_enum_value && !f.placed; },
         .why = "the new value sorts after all others",
         .remedy = "say BEFORE or AFTER which one when the order matters"},
    rule{.name = "setting-search-path",
         .level = severity::info,
         .where = both,
         .holds =
             [](const fact& f, const situation&) {
                 return f.what == verb::set_variable && f.name == "search_path";
             },
         .why = "what unqualified names mean from here on depends on this line; nothing of it "
                "outlives the migration",
         .remedy = "write schemas out"},
    rule{.name = "upgrading-extension",
         .level = severity::info,
         .holds = [](const fact& f, const situation&) { return f.what == verb::alter_extension; },
         .why = "what an extension's update locks or changes only its own notes say",
         .remedy = "read them, and try it on a copy"},
    rule{.name = "prefer-robust-stmts",
         .level = severity::info,
         .on_request = true,
         .holds =
             [](const fact& f, const situation& s) {
                 return !s.transaction && can_be_robust(f) && !f.if_exists;
             },
         .why = "run by hand, a file that stopped half-way cannot be run again (`upgrade` goes on "
                "where it stopped)",
         .remedy = "IF EXISTS or IF NOT EXISTS"},
    rule{.name = "require-table-schema",
         .level = severity::info,
         .on_request = true,
         .holds =
             [](const fact& f, const situation&) {
                 return f.what == verb::create_table && f.target.schema.empty();
             },
         .why = "search_path decides where the table goes",
         .remedy = "write the schema out"},
    rule{.name = "changing-privileges",
         .level = severity::info,
         .on_request = true,
         .holds = [](const fact& f, const situation&) { return f.what == verb::privileges; },
         .why = "who may do what changes here",
         .remedy = ""},
};

} // namespace

std::span<const rule> correctness_rules() {
    return rows;
}

} // namespace headspace::lint
