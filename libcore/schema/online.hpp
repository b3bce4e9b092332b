// Forms of a change that hold up nobody for longer than a moment (plan_options::online): what scans
// or builds is a statement of its own that lets reads and writes go on. Pure.
#pragma once

#include "schema/rules.hpp"

#include <string_view>

namespace headspace::schema {

/// Whether a new or altered thing on `table` needs them: rows can be there, and someone to wait.
bool goes_online(const fact_id& table, const plan_context& context);

/// CREATE INDEX CONCURRENTLY; `definition` is pg_get_indexdef()'s.
planned_statement build_concurrently(const fact_id& table, std::string_view definition);
planned_statement drop_concurrently(const fact& index);

/// A primary key or unique constraint upon an index that is built first.
statements key_upon_index(const fact& constraint, const plan_context& context);

/// ADD ... NOT VALID and VALIDATE: of check constraints and foreign keys.
statements add_and_validate(const fact& constraint, const plan_context& context);

/// NOT NULL, proved by a check constraint that is validated first.
statements prove_not_null(const fact& column, const plan_context& context);

} // namespace headspace::schema
