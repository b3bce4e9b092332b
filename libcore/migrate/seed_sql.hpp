// Generic rows for every table, so that a proof notices when a migration loses some. Best effort:
// where constraints want something particular, a table stays as it is. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::migrate {

struct seed_column {
    std::int32_t number = 0; // pg_attribute.attnum
    std::string name;
    std::string type;    // as format_type() says, of a domain its base type's
    std::string base;    // pg_type.typname, likewise
    char category = 'X'; // pg_type.typcategory, likewise
    char typtype = 'b';  // likewise
    std::int32_t typmod = -1;
    std::string label;     // of an enum: the first
    bool required = false; // NOT NULL, and nothing fills it
    bool filled = false;   // by a default, an identity or a generation expression
};

struct seed_reference {
    std::uint32_t table = 0; // pg_constraint.confrelid
    std::vector<std::int32_t> columns;
    std::vector<std::int32_t> referenced;
};

struct seed_table {
    std::uint32_t oid = 0;
    std::string schema;
    std::string name;
    std::vector<seed_column> columns;
    std::vector<seed_reference> references;
};

/// Referenced tables first, as far as they do not refer to each other.
[[nodiscard]] std::vector<const seed_table*> in_reference_order(const std::vector<seed_table>& all);

/// An expression for row `row` (from 1), or "" where none is known.
[[nodiscard]] std::string seed_value(const seed_column& column, int row);

/// The INSERT of row `row`: with `only_required` as few columns as possible.
[[nodiscard]] std::string seed_insert(const seed_table& table, const std::vector<seed_table>& all,
                                      int row, bool only_required);

/// One DO statement that tries to insert `rows` rows into each of `tables`; what fails leaves no
/// trace.
[[nodiscard]] std::string seed_block(const std::vector<const seed_table*>& tables,
                                     const std::vector<seed_table>& all, int rows);

} // namespace headspace::migrate
