// Types whose columns have to move to a new one of the same name. Pure.
#pragma once

#include "schema/rules.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace headspace::schema {

/// "'a', E'b\\\\'" taken apart at the commas between literals.
std::vector<std::string> literals(std::string_view list);

/// Whether this change of a type cannot be done in place: an enum that loses a value or their
/// order, a domain over another type. The old one is renamed to old_name(), the new one made, every
/// column converted, the old one dropped.
bool retyped(const change& c);
/// The name the old type has meanwhile, not quoted.
std::string old_name(const fact_id& type);

/// Whether what stands on a changed thing (a view, trigger, policy, function) has to be dropped
/// first: the type of a column changes, or a type is made anew.
bool reshaped(const change& of);

} // namespace headspace::schema
