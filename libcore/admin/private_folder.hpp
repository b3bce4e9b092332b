// The folder of a socket in /tmp, where anybody could have made it first. Internal; for both ends.
#pragma once

#include "base/error.hpp"

#include <string>

namespace headspace::admin {

/// "/a/b" of "/a/b/c"; "." for a bare name.
[[nodiscard]] std::string folder_of(const std::string& path);

/// A directory (no link to one) with mode 0700 that belongs to our user. Errors: conflict_here,
/// io_failed.
[[nodiscard]] result<void> check_private_folder(const std::string& folder);

} // namespace headspace::admin
