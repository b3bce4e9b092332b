// A migrations directory on disk: reading all of it, and writing a revision so that neither a crash
// nor a second writer leaves half of one. The only file of this module that touches files.
#pragma once

#include "base/error.hpp"
#include "revisions/graph.hpp"
#include "revisions/sum.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::revisions {

struct directory {
    std::filesystem::path path;
    revisions::graph graph;      // empty when there are problems
    std::vector<error> problems; // of all files: unreadable, malformed, duplicate, ...
    /// Nothing when there is no headspace.sum or it cannot be read (`sum_problem` then says why).
    std::optional<std::vector<sum_line>> sum;
    std::optional<error> sum_problem;
    std::vector<sum_difference> sum_differences; // none without a sum

    /// Whether headspace.sum covers this file as it is.
    [[nodiscard]] bool covered(std::string_view file) const;
    /// The first problem with a hint that counts the rest; call only when there are some.
    [[nodiscard]] error first_problem() const;
};

/// Reads versions/*.sql and headspace.sum; files that begin with '.' or '#' or do not end in .sql
/// are not migrations. Errors: no_migrations_directory (there is none, or it was never
/// initialised), unreadable_directory.
result<directory> read_directory(const std::filesystem::path& path);

struct schema_file {
    std::string file; // relative to the migrations directory, "schema/users.sql"
    std::string text; // LF line ends, no BOM
};

/// schema/**/*.sql in lexical order of their paths; none is no error.
result<std::vector<schema_file>> read_schema(const std::filesystem::path& path);

struct created {
    std::vector<std::filesystem::path> paths; // what did not exist before
};

/// Makes the directory with versions/, schema/, headspace.sum and a README; what exists is left
/// alone. Refuses (conflict_here) a folder that holds something else.
result<created> init_directory(const std::filesystem::path& path);

struct new_revision {
    std::string message;
    revision_list parents; // none: base
    std::string up;        // SQL, may be empty
    std::string down;
    bool transaction = true;
};

struct written {
    std::filesystem::path file;
    std::string revision;
    /// Files whose line in headspace.sum was out of date before and is not any more.
    std::vector<sum_difference> rewritten;
};

/// Writes versions/<id>_<slug>.sql and headspace.sum, each by a temporary file and a rename, under
/// a lock on the folder. The id is `now`, later by as many seconds as it takes to be free and after
/// its parents.
result<written> write_revision(const std::filesystem::path& path, const new_revision& what,
                               wall_time now);

struct sum_update {
    std::size_t files = 0;
    bool changed = false;
    std::vector<sum_difference> differences; // of the sum before; every file when there was none
    std::optional<error> damaged;            // why the sum before could not be read
};

/// Writes headspace.sum anew where it differs from the files.
result<sum_update> write_sum(const std::filesystem::path& path);

} // namespace headspace::revisions
