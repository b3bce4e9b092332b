// Pieces of statements that more than one rule writes. Pure.
#pragma once

#include "schema/rules.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace headspace::schema {

/// `id bigint DEFAULT 1 NOT NULL`; `default_value` may be null.
std::string column_clause(const fact& column, const fact* default_value);
/// What stands between the parentheses of CREATE TABLE: columns in their order, then constraints.
std::vector<std::string> table_lines(const facts& folded);
/// What a column has that CREATE TABLE cannot say, as whole statements.
std::vector<std::string> column_settings(const fact& column);
/// `CONSTRAINT name CHECK (...) DEFERRABLE`.
std::string constraint_clause(const fact& constraint);
/// The default of `column` among facts, or nullptr.
const fact* default_among(const facts& some, const fact& column);

/// "fillfactor=70, toast.autovacuum_enabled=off" as WITH ( ) takes it, values quoted.
std::string option_list(std::string_view options);
/// "SET (a='1')", "RESET (b)".
std::vector<std::string> option_changes(std::string_view before, std::string_view after);
/// `START WITH 5 INCREMENT BY 2`, of an identity column; only what is not usual for its type.
std::string identity_options(const fact& column);

} // namespace headspace::schema
