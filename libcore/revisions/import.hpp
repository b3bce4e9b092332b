// Another tool's directory written anew in our own format. Revision ids, messages, SQL and
// checksums stay what they were, so that a database that was migrated or adopted from the one goes
// on with the other.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "revisions/directory.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace headspace::revisions {

struct imported_file {
    std::vector<std::string> from; // paths in the old directory: up, and down where it has its own
    std::string name;              // in versions/
    std::string revision;
    std::string text;
};

struct native_files {
    std::vector<imported_file> files; // from base to head
    std::vector<std::string> notes;   // what is different now, or left out
};

/// The files that say the same as `d`. A file names its parents where its number alone would not
/// put it there. Repeatable scripts become revisions after all others, with ids from `now` on; a
/// baseline is left out, since what it replaces is there. Pure.
[[nodiscard]] native_files in_native_format(const directory& d, wall_time now);

/// Reads `from` and writes it to `to`, a new or empty folder or one without a revision. Errors:
/// those of the files; conflict_here when something is in the way, or `from` is in our own format.
result<native_files> import_directory(const std::filesystem::path& from, directory_format format,
                                      const std::filesystem::path& to, wall_time now);

} // namespace headspace::revisions
