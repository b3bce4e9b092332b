// A migrations directory on disk: reading all of it, and writing a revision so that neither a crash
// nor a second writer leaves half of one. The only file of this module that touches files.
#pragma once

#include "base/error.hpp"
#include "revisions/formats/format.hpp"
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

    directory_format format = directory_format::native;
    // Only Flyway's have these; as in foreign_reading.
    std::vector<script> repeatables;
    std::optional<script> baseline;
    std::string baseline_for;
    std::string baseline_version;
    std::vector<std::string> notes; // what is in the directory and will not be done

    [[nodiscard]] bool is_native() const { return format == directory_format::native; }
    /// A script of the graph or a repeatable one; nothing when there is no such file.
    [[nodiscard]] const script* find(std::string_view revision) const;

    /// Whether headspace.sum covers this file as it is.
    [[nodiscard]] bool covered(std::string_view file) const;
    /// The first problem with a hint that counts the rest; call only when there are some.
    [[nodiscard]] error first_problem() const;
};

/// Reads versions/*.sql and headspace.sum; files that begin with '.' or '#' or do not end in .sql
/// are not migrations. A directory that has neither is read as another tool's, which `format` names
/// or the files tell. Errors: no_migrations_directory (there is none, or nothing of any format in
/// it), unreadable_directory, malformed_file (of no known format, or of several).
result<directory> read_directory(const std::filesystem::path& path,
                                 directory_format format = directory_format::automatic);

/// Refuses (conflict_here) to write revisions into another tool's directory.
result<void> check_writable(const directory& d);

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
    bool down_transaction = true;
};

/// The file's text for `what`, whose message is one line.
[[nodiscard]] std::string revision_text(const new_revision& what);

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
