// Cuts SQL into statements where psql would (src/fe_utils/psqlscan.l of PostgreSQL 15). Pure.
#pragma once

#include "base/error.hpp"
#include "revisions/statement.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace headspace::revisions {

/// `text` is UTF-8 with LF line ends; `file` and `first_line` only name places. A statement ends at
/// a `;` outside of quotes, comments, parentheses and BEGIN ATOMIC bodies; the last one needs none;
/// empty ones are left out. The end of the string quoting mode is that of
/// standard_conforming_strings = on until the text itself sets it.
///
/// Errors (malformed_file with file:line): a psql meta-command or variable, COPY ... FROM STDIN,
/// and an unterminated quote, comment, parenthesis or function body, whose line is the one where it
/// began.
result<std::vector<statement>> split_statements(std::string_view text, std::string_view file,
                                                std::uint32_t first_line = 1);

} // namespace headspace::revisions
