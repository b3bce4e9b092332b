// What stands before a fact: in its statement, in its half of the file, and, for the types of
// columns, in the files before. Pure.
#pragma once

#include "lint/fact.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headspace::lint {

/// The types that the files so far gave to columns.
class column_types {
public:
    void remember(const fact& f);
    [[nodiscard]] const type_name* find(const object_name& table, const std::string& column) const;

private:
    using key = std::pair<std::string, std::string>; // "public.users", "email"
    static key key_of(const object_name& table, const std::string& column);
    std::map<key, type_name> types_;
};

/// Of one half of one file; remember() is called after the rules have seen the fact.
class situation {
public:
    // The half.
    bool transaction = true;     // everything in it is one
    bool changes_tables = false; // it has DDL on a table, anywhere
    bool commits = false;        // it has a COMMIT
    // The statement.
    bool cannot_run_in_transaction = false;
    bool marked_destructive = false; // `-- DESTRUCTIVE: why` stands before it
    // The files before.
    const column_types* types = nullptr;

    /// By this half: then it is empty and nobody else sees it.
    [[nodiscard]] bool created(const object_name& table) const;
    [[nodiscard]] bool created_index(const object_name& index) const;
    /// A table that others use.
    [[nodiscard]] bool existing(const fact& f) const { return !created(f.target); }
    /// Whether a validated CHECK says already that this column is not null.
    [[nodiscard]] bool known_not_null(const fact& set_not_null) const;
    [[nodiscard]] bool added_not_valid(const fact& validation) const;
    /// Whether another table that others use is locked already.
    [[nodiscard]] bool locked_another(const fact& f) const;
    [[nodiscard]] bool added_enum_value(const std::string& value) const;
    /// "status" of ALTER TYPE status ADD VALUE 'value'.
    [[nodiscard]] object_name enum_of(const std::string& value) const;
    [[nodiscard]] bool set_statement_timeout() const { return statement_timeout_; }

    void remember(const fact& f);

private:
    struct checked {
        object_name table;
        std::string name;
        std::vector<std::string> not_null; // empty: unknown, the constraint is from another file
        bool validated = false;
    };
    std::vector<object_name> created_;
    std::vector<object_name> indexes_;
    std::vector<object_name> locked_;
    std::vector<checked> checks_;
    std::vector<std::pair<object_name, std::string>> enum_values_;
    bool statement_timeout_ = false;
};

} // namespace headspace::lint
