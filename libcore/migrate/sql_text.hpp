// Text that goes into SQL, and text that came out of it: quoting, and blanking what must not be
// seen. Pure.
#pragma once

#include "base/sql_quote.hpp"

#include <string>
#include <string_view>

namespace headspace::migrate {

/// Replaces by *** the literal after the word PASSWORD, `password=` in connection strings, and the
/// password of URLs. Used on whatever a server says about a statement of a migration.
std::string blank_passwords(std::string_view text);

/// The first line of `text`, shortened to `limit` bytes on a character boundary.
std::string first_line(std::string_view text, std::size_t limit);

/// Takes a leading `"$user"` off the search_path of a role that is named as the ledger's schema, as
/// the packaged service's is: tables that name no schema would land beside the ledger. "" for every
/// other role; else begins with a semicolon.
std::string without_own_schema(std::string_view role, bool only_in_transaction);

} // namespace headspace::migrate
