// What a catalogue is once it is read: a flat set of facts, one for each thing that a statement can
// create, change or drop by itself, and who depends on whom. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::schema {

/// In the order in which independent things are created. The second element of a path is the
/// relation for everything that belongs to one.
enum class kind : std::uint8_t {
    schema,    // {schema}
    extension, // {extension}
    collation, // {schema, name}
    enum_type,
    composite_type,
    domain,
    domain_constraint, // {schema, domain, constraint}
    range_type,
    fdw,            // {name}
    server,         // {name}
    user_mapping,   // {server, role}; role "" is PUBLIC
    sequence,       // {schema, name}; those of identity columns are part of the column
    sequence_owner, // {schema, sequence}: OWNED BY; parent: the sequence
    table,          // {schema, name}; partitions too
    foreign_table,
    column,           // {schema, relation, column}: of tables and foreign tables
    default_value,    // {schema, relation, column}: of views too; generated columns have none
    inherited_column, // {schema, relation, column}: what it has otherwise than its parents
    primary_key,      // {schema, relation, constraint}
    unique,
    check,
    exclusion,
    index,     // {schema, index}; those of constraints are part of the constraint
    function,  // {schema, name, identity arguments}
    procedure, // {schema, name, identity arguments}
    aggregate, // {schema, name, identity arguments}
    view,      // {schema, name}
    materialized_view,
    view_column, // {schema, relation, column}: comes and goes with its view
    statistics,
    foreign_key,       // {schema, relation, constraint}
    rule,              // {schema, relation, rule}
    trigger,           // {schema, relation, trigger}
    policy,            // {schema, relation, policy}
    event_trigger,     // {name}
    publication,       // {name}
    publication_table, // {publication, schema, table}
    subscription,
    default_privilege, // {creating role, schema or "", class, grantee}
    privilege,         // {...path of the object, grantee}; parent: the object
    comment,           // {...path of the object}; parent: the object
};

/// "table", "foreign key": what messages call it.
std::string_view word_of(kind k);
/// The enumerator, as extraction queries write it: "foreign_key".
std::optional<kind> kind_named(std::string_view name);
inline constexpr std::size_t kinds = static_cast<std::size_t>(kind::comment) + 1;

/// Whether it is a constraint that has an index of its own name.
constexpr bool has_index(kind k) {
    return k == kind::primary_key || k == kind::unique || k == kind::exclusion;
}

/// Whether dropping such a parent drops its children without a word.
constexpr bool takes_children(kind parent) {
    return parent != kind::schema && parent != kind::fdw && parent != kind::server;
}

/// Names as they are stored, without quotes; a function's last element is what
/// pg_get_function_identity_arguments() says.
struct fact_id {
    kind what = kind::schema;
    std::vector<std::string> path;
    /// Comments and privileges: the kind of the object that they are on; else the same as `what`.
    kind on = kind::schema;

    fact_id() = default;
    fact_id(kind k, std::vector<std::string> p) : what(k), path(std::move(p)), on(k) {}
    fact_id(kind k, kind of, std::vector<std::string> p) : what(k), path(std::move(p)), on(of) {}

    friend std::strong_ordering operator<=>(const fact_id&, const fact_id&) = default;
    friend bool operator==(const fact_id&, const fact_id&) = default;
};

/// `public.users.name`, `public."Order"`, `public.area(double precision)`: usable in SQL for
/// objects that have a schema, and what messages show.
std::string to_string(const fact_id& id);

/// Quoted only where the server's quote_ident() would.
std::string quote_name(std::string_view name);
/// The first `count` elements of a path, quoted, with dots.
std::string qualified(const std::vector<std::string>& path, std::size_t count = 2);

using attributes = std::map<std::string, std::string>;

struct fact {
    fact_id id;
    fact_id parent; // of itself when has_parent is false
    bool has_parent = false;
    attributes payload; // what is compared: normalised; a missing key is "not set"
    attributes aside;   // what rules need and is not compared ("position", "binary_type", ...)

    [[nodiscard]] std::string_view get(std::string_view attribute) const; // "" when not set
    [[nodiscard]] std::string_view note(std::string_view name) const;     // of aside
    [[nodiscard]] bool has(std::string_view attribute) const;
};

/// What dropping `to` means for `from`.
enum class bond : std::uint8_t {
    normal,    // the server refuses unless `from` goes first
    automatic, // `from` goes without a word (deptype a, i; a parent)
    swept,     // likewise, and `from` can only go with it or after it (a sequence and its column)
};

/// `from` depends on `to`.
struct edge {
    fact_id from;
    fact_id to;
    bond strength = bond::normal;

    friend auto operator<=>(const edge&, const edge&) = default;
};

/// A cast that exists, by names of types without modifiers.
struct cast {
    std::string from;
    std::string to;
    char context = 'e';  // i implicit, a assignment, e explicit
    bool binary = false; // no conversion at all

    friend auto operator<=>(const cast&, const cast&) = default;
};

/// Something that exists and of which no rule knows.
struct unmodelled_object {
    std::string type; // "operator", "text search configuration", as pg_identify_object() says
    std::string identity;

    friend auto operator<=>(const unmodelled_object&, const unmodelled_object&) = default;
};

struct catalogue {
    std::map<fact_id, fact> facts;
    std::vector<edge> edges; // sorted, unique; both ends are in `facts`
    std::vector<cast> casts; // sorted
    std::vector<unmodelled_object> unmodelled;
    int server_version = 0; // 150020
    std::string role;       // who reads it, and would create what is new

    [[nodiscard]] const fact* find(const fact_id& id) const;
    /// What it depends on.
    [[nodiscard]] std::span<const edge> edges_from(const fact_id& id) const;
};

} // namespace headspace::schema
