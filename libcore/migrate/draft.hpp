// From planned statements to the text of revisions: groups that can share a transaction, their SQL
// with marks and warnings; and the files of schema/ that db pull writes. Pure.
#pragma once

#include "revisions/directory.hpp"
#include "schema/plan.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace headspace::migrate {

/// One revision to be written.
struct revision_draft {
    std::string up;
    std::string down;
    bool up_transaction = true; // else `transaction:false`
    bool down_transaction = true;
};

/// Statements that run in one file, in order: all of them in a transaction, or none.
struct statement_group {
    bool transaction = true;
    std::vector<schema::planned_statement> statements;
};

[[nodiscard]] std::vector<statement_group>
group_statements(const std::vector<schema::planned_statement>& statements);

/// The statements with their semicolons; above each its warnings and, where data is lost,
/// `-- DESTRUCTIVE: why`.
[[nodiscard]] std::string
render_statements(const std::vector<schema::planned_statement>& statements);

/// `-- migrate:up` and the rest, as parse_section() reads it.
[[nodiscard]] std::string section_text(std::string_view directive, const std::string& sql,
                                       bool transaction);

/// The file of schema/ where a statement belongs, by its first words: "schema/40_tables.sql".
[[nodiscard]] std::string family_file(std::string_view sql);

/// One file for each family, in the order in which they load; the statements keep theirs. Those in
/// `late` (indices) go to the last file: they need something of a later family.
[[nodiscard]] std::vector<revisions::schema_file>
pulled_files(const std::vector<schema::planned_statement>& statements,
             const std::vector<std::size_t>& late);

} // namespace headspace::migrate
