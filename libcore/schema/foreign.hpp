// Options of foreign data objects, as the extraction writes them: one a line, secrets as ***. Pure.
#pragma once

#include <string>
#include <string_view>

namespace headspace::schema {

/// " OPTIONS (host 'h', dbname 'd')"; "" without any. Secrets are left out.
std::string foreign_options(std::string_view lines);
/// " OPTIONS (ADD a '1', SET b '2', DROP c)"; "" when nothing differs.
std::string foreign_option_changes(std::string_view before, std::string_view after);

} // namespace headspace::schema
