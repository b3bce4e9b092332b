// A role that is named as the ledger's schema, as the packaged service's is, has that schema first
// in its search_path ("$user"): tables that name no schema would land beside the ledger. Pure.
#pragma once

#include <string>
#include <string_view>

namespace headspace::revisions {

/// The name of both.
inline constexpr std::string_view ledger_schema = "headspace";

/// A call of set_config that takes a leading "$user" off the search_path; for that role only.
std::string path_without_own_schema(bool only_in_transaction);

} // namespace headspace::revisions
