// What is in the tables of a scratch database, before and after a migration: whether it lost or
// rewrote more than it said. Pure.
#pragma once

#include "schema/plan.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace headspace::migrate {

struct table_snapshot {
    struct column {
        std::string name;
        std::string type;
        bool generated = false;   // derived data may go and come
        std::uint64_t filled = 0; // rows where it is not null
        std::string digest;       // of all values, whatever their order
    };
    std::string schema;
    std::string name;
    std::string file; // pg_relation_filenode(): another one after a rewrite
    std::uint64_t rows = 0;
    std::map<std::int32_t, column> columns; // by attnum
};

/// By oid: a rename changes nothing, a new table of the same name is another one.
using data_snapshot = std::map<std::uint32_t, table_snapshot>;

/// What is gone, changed or rewritten although `ran` did not announce it. The names of `before` are
/// those that the statements use. Each line names the table.
[[nodiscard]] std::vector<std::string>
unannounced(const data_snapshot& before, const data_snapshot& after,
            const std::vector<schema::planned_statement>& ran);

/// Rows in all tables.
[[nodiscard]] std::uint64_t rows_in(const data_snapshot& all);

} // namespace headspace::migrate
