// PostgreSQL's own parser (libpg_query) as the judge of the splitter.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace headspace::test {

struct range {
    std::size_t begin = 0; // comments before the statement included
    std::size_t end = 0;   // before the semicolon
};

/// Nothing when the parser does not accept the text.
std::optional<std::vector<range>> oracle_split(const std::string& sql);

/// "" when the splitter agrees with the parser about `sql` or the parser does not accept it, else
/// what differs.
std::string disagreement(const std::string& sql, const std::string& name);

} // namespace headspace::test
