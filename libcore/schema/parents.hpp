// Who a table's parents are, and what goes back and forth between them and it. Pure.
#pragma once

#include "schema/fact.hpp"

#include <string>
#include <vector>

namespace headspace::schema {

bool is_partition(const fact& table);
/// As SQL writes them, in their order.
std::vector<std::string> parents_of(const fact& table);
/// By such a name; nullptr when there is none.
const fact* table_named(const catalogue& in, const std::string& sql_name);

/// Whether a column or check of an heir goes up to a parent or comes down from it: over a link it
/// would be taken for lost on the one side and new on the other, or stay behind.
bool crosses(const catalogue& from, const fact& before, const catalogue& to, const fact& after);
/// A partitioned table that is partitioned otherwise is made anew; its partitions outlive it.
bool made_anew(const catalogue& from, const catalogue& to, const std::string& parent);

} // namespace headspace::schema
