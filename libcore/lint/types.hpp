// Which changes of a column's type need neither a rewrite nor a scan. Pure.
#pragma once

#include "lint/fact.hpp"

namespace headspace::lint {

/// Without USING, and as long as no index or constraint depends on the column in a way that the
/// types do not share. Conservative: what it does not know is not harmless.
[[nodiscard]] bool harmless_type_change(const type_name& from, const type_name& to);

} // namespace headspace::lint
