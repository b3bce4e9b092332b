// The one table of what is known about kinds: how each is created, altered and dropped, what forces
// a replacement, what it locks, rewrites or loses, and the words for it. Everything else in this
// module is generic. Pure.
//
// A new kind is: its enumerator in fact.hpp, a query of facts (extract_queries.hpp), and a rule in
// a file rules_TOPIC.cpp, whose function is named below and in rules.cpp. Comments and privileges
// need nothing but `address` and `grantable`.
#pragma once

#include "base/error.hpp"
#include "schema/diff.hpp"
#include "schema/fact.hpp"
#include "schema/plan.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::schema {

struct plan_context {
    const catalogue& from;
    const catalogue& to;
    const plan_options& options;

    const std::set<fact_id>* created = nullptr; // what the plan creates, anew or again

    [[nodiscard]] bool creates(const fact_id& id) const { return created && created->contains(id); }
    /// Whether it is there before the plan runs: only then a lock on it can hurt anyone.
    [[nodiscard]] bool existed(const fact_id& id) const { return from.find(id) != nullptr; }
};

using statements = std::vector<planned_statement>;
using attribute_names = std::set<std::string>;
using facts = std::vector<const fact*>;

struct rule {
    kind what = kind::schema;
    /// Independent things are created in order of it, and dropped in the reverse order. What
    /// belongs to a relation stands beside it: see `beside`.
    int rank = 0;
    /// Created right after its parent, before the next thing of the parent's rank.
    bool beside_parent = false;
    /// Attributes whose change means DROP and CREATE; "*": all.
    std::vector<std::string_view> replacing = {};
    /// Replacing it would lose what nobody asked to lose: refuse instead, when something else
    /// demands it.
    bool keeps_data = false;

    /// Altering it leaves it on what it stood on, as ALTER CONSTRAINT does.
    bool alter_keeps_ground = false;

    /// `folded`: children that became part of this statement, in order (see `folds`).
    statements (*create)(const fact& f, const facts& folded, const plan_context& context) = nullptr;
    /// Only when `replacing` has none of the changed attributes. Without it: always replaced.
    result<statements> (*alter)(const change& c, const plan_context& context) = nullptr;
    statements (*drop)(const fact& f, const plan_context& context) = nullptr;
    /// What is left to do of an alteration when everything it carried along has followed.
    statements (*finish)(const change& c, const plan_context& context) = nullptr;

    /// More than `replacing` can say.
    bool (*replaced)(const change& c, const plan_context& context) = nullptr;
    /// Whether `f`, which depends on `of.before` in both catalogues, must be dropped before that
    /// is altered and created again afterwards.
    bool (*disturbed)(const fact& f, const change& of, const plan_context& context) = nullptr;
    /// The attributes of `f`, which depends on `of.before` in both catalogues, that are to be set
    /// anew after that is altered, although they read the same: a column whose type is made anew.
    attribute_names (*carried)(const fact& f, const change& of,
                               const plan_context& context) = nullptr;
    /// Whether creating it can be part of creating its parent; the parent's `create` gets it.
    bool folds = false;

    /// For COMMENT ON: `TABLE public.users`. Without it: comments are not possible.
    std::string (*address)(const fact& f) = nullptr;
    /// For GRANT ... ON: `TABLE public.users`. Without it: as address.
    std::string (*grantable)(const fact& f) = nullptr;
    /// What it occupies besides its id: two things with a claim in common cannot exist at once.
    std::vector<std::string> (*claims)(const fact_id& id) = nullptr;

    // "Detected ..." lines without that word; without a function: "added table 'users'". An empty
    // text says nothing (a column of a new table).
    std::string (*added)(const fact& f, const plan_context& context) = nullptr;
    std::string (*removed)(const fact& f, const plan_context& context) = nullptr;
    std::vector<std::string> (*changed)(const change& c, const plan_context& context) = nullptr;
};

const rule& rule_of(kind k);
/// False: the kind has no rule yet, and no query reads it.
bool has_rule(kind k);

// The files' shares of the table.
std::vector<rule> schema_rules();     // schemas, extensions, sequences
std::vector<rule> table_rules();      // tables
std::vector<rule> column_rules();     // columns and defaults
std::vector<rule> constraint_rules(); // constraints of tables
std::vector<rule> index_rules();
std::vector<rule> type_rules();     // collations, enums, composite types, domains, ranges
std::vector<rule> routine_rules();  // functions, procedures, aggregates
std::vector<rule> view_rules();     // views and their columns
std::vector<rule> hanging_rules();  // triggers, rules, policies, event triggers
std::vector<rule> foreign_rules();  // wrappers, servers, user mappings
std::vector<rule> other_rules();    // statistics and publications
std::vector<rule> attached_rules(); // comments and privileges

// What rules are written with.
/// A statement that locks `table`, if that exists before the plan.
planned_statement on_table(const plan_context& context, const fact_id& table, lock_class lock,
                           std::string sql);
planned_statement plain(std::string sql);
/// {schema, relation}: of anything whose path begins with them.
fact_id table_of(const fact_id& id);
/// How messages name it: without `public.`; 'users.age'.
std::string short_name(const fact_id& id);
/// Whether the parent is new (or gone): its own line says enough.
bool parent_is_new(const fact& f, const plan_context& context);
bool parent_is_gone(const fact& f, const plan_context& context);
/// "rel schema.name": the names of relations, which indexes and sequences share.
std::string relation_claim(const std::vector<std::string>& path);
std::string type_claim(const std::vector<std::string>& path);

} // namespace headspace::schema
