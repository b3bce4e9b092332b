// Whether and how values of one column type become values of another (ALTER COLUMN ... TYPE). Pure.
#pragma once

#include "schema/fact.hpp"

#include <string>

namespace headspace::schema {

struct conversion {
    bool possible = true;
    bool needs_using = false; // only an explicit cast exists
    bool as_text = false;     // to or from an enum: by the values' names
    bool rewrites = true;     // the table's file; said too often rather than too seldom
    std::string loses;        // what may get lost, or ""
    std::string may_fail;     // when it fails, or ""
};

/// `before` and `after` are columns; their attributes and asides are those of the column query.
conversion convert(const fact& before, const fact& after, const catalogue& casts);

} // namespace headspace::schema
