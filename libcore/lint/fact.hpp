// A statement as the rules see it: a flat list of facts, each about one object. The parser's tree
// ends in simplify(); nothing below knows it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::lint {

struct object_name {
    std::string schema; // empty: whatever search_path says
    std::string name;

    [[nodiscard]] std::string text() const;
    /// Whether both may mean the same object: an unqualified name is any schema's.
    [[nodiscard]] bool matches(const object_name& other) const;
};

struct type_name {
    std::string name; // "varchar", "int4", ...: the server's own, without pg_catalog
    std::vector<long> modifiers;
    bool array = false;

    [[nodiscard]] bool is(std::string_view base) const { return !array && name == base; }
    [[nodiscard]] bool is_serial() const;
};

struct constraint {
    enum class sort : std::uint8_t {
        check,
        not_null,
        unique,
        primary_key,
        exclusion,
        foreign_key,
        default_value,
        generated,
        identity,
    };
    sort what = sort::check;
    std::string name;
    object_name references;
    std::vector<std::string> not_null; // columns of which a CHECK says only IS NOT NULL
    bool not_valid = false;
    bool using_index = false;
    bool volatile_value = false; // a default that must be computed for every row
    std::size_t offset = 0;
};

struct column {
    std::string name;
    type_name type;
    std::vector<constraint> constraints;

    [[nodiscard]] const constraint* find(constraint::sort what) const;
    [[nodiscard]] bool has(constraint::sort what) const { return find(what) != nullptr; }
};

enum class verb : std::uint8_t {
    create_table,
    table_column, // one column of it
    create_index,
    create_domain,
    create_other,
    drop,
    rename,
    reindex,
    add_column,
    drop_column,
    alter_type,
    set_not_null,
    drop_not_null,
    add_constraint,
    validate_constraint,
    drop_constraint,
    detach_partition,
    rewrite_table, // SET LOGGED, SET TABLESPACE, ...
    alter_table,   // any other form
    add_domain_constraint,
    add_enum_value,
    rename_enum_value,
    truncate,
    update,
    remove,        // DELETE
    assign_twice,  // UPDATE t SET a = 1, a = 2
    set_variable,  // SET, or set_config()
    begin,         // a transaction
    end,           // of one: COMMIT
    other_control, // SAVEPOINT, ROLLBACK, ...
    full_vacuum,   // CLUSTER too
    alter_extension,
    privileges,
    long_identifier,
    use_of_enum_value,
    other,
};

enum class object_kind : std::uint8_t {
    table,
    view,
    index,
    column,
    schema,
    database,
    constraint,
    other,
};

struct fact {
    verb what = verb::other;
    object_kind object = object_kind::other; // of drop and rename; the relation's of a column
    object_name target;
    std::string name;  // of the column, constraint or index; of the variable
    std::string value; // the variable's, the enum's, the new name
    lint::column column;
    lint::constraint constraint;
    std::size_t width = 0; // columns of an index
    bool concurrently = false;
    bool cascade = false;
    bool if_exists = false; // or IF NOT EXISTS
    bool unique = false;
    bool filtered = false;  // UPDATE and DELETE: has a WHERE
    bool placed = false;    // ADD VALUE: BEFORE or AFTER
    bool converts = false;  // ALTER TYPE: has USING
    std::size_t offset = 0; // in the statement's text, bytes
};

/// What it is about: "users.email", "index users_email on users", "schema audit".
[[nodiscard]] std::string subject_of(const fact& f);

/// Whether other sessions cannot write (or read) the table until the transaction ends.
[[nodiscard]] bool locks_table(const fact& f);

struct simplified {
    std::vector<fact> facts;          // at least one
    std::vector<std::string> strings; // every string constant, without repetition
};

} // namespace headspace::lint
