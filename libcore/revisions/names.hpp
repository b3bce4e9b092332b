// Revision ids and the words in file names. Pure: the time comes in.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "revisions/graph.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace headspace::revisions {

/// "Größe: add x" -> "grosse_add_x": [a-z0-9_]+, letters with marks lose them, everything else
/// becomes one '_'; at most 40 characters, cut at a word. Never empty.
[[nodiscard]] std::string slug_of(std::string_view message);

/// One line of UTF-8 without control characters that no directive can be mistaken for. Errors:
/// usage.
result<std::string> checked_message(std::string_view message);

/// "20261121100000".
[[nodiscard]] std::string revision_id(wall_time t);
/// The time an id says, if it is one of ours.
[[nodiscard]] std::optional<wall_time> time_of_revision(std::string_view revision);

/// `now`, or as many seconds later as it takes to come after `parents` and not to be in `taken`.
[[nodiscard]] std::string next_revision_id(wall_time now, const revision_list& parents,
                                           const revision_set& taken);

struct file_name {
    std::string revision;
    std::string slug;
};

/// "20261121100000_create_users.sql" taken apart; nothing when it does not begin with a digit or
/// does not end in ".sql". "1.10.0_x.sql" is revision 1.10.0.
[[nodiscard]] std::optional<file_name> parse_file_name(std::string_view name);

} // namespace headspace::revisions
