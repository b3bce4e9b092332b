// The grammar of .env files. Pure: the text comes in, variables or everything that is wrong go out.
//
//   [export ]NAME=value      a comment begins with '#' at the start of a line or after a blank
//   'literal'                the only form that all readers of .env files understand alike
//   "with \n \r \t \\ \" \$" both quoted forms may go over several lines
//
// Nothing is expanded: a password with a '$' must survive.
#pragma once

#include "base/secret.hpp"
#include "config/diagnostic.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::config {

struct dotenv_value {
    secret value;
    std::uint32_t line = 0;
};

struct dotenv_file {
    std::map<std::string, dotenv_value> variables; // empty when there are errors
    std::vector<diagnostic> errors;                // never with a value
    std::vector<std::string> warnings;             // the same
};

/// Only variables of ours are kept (is_our_variable()), but every line is checked.
[[nodiscard]] dotenv_file parse_dotenv(std::string_view text, const std::string& path);

/// DATABASE_*, HEADSPACE_*, and libpq's PG*, none of which begins with PG_.
[[nodiscard]] bool is_our_variable(std::string_view name);

} // namespace headspace::config
