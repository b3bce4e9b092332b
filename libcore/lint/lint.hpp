// What in a migration may hurt a running system: statements that lock, rewrite, destroy or break,
// by rules that carry squawk's names where squawk has them. Needs no database; PostgreSQL's own
// parser reads the statements, in a child process.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "revisions/graph.hpp"
#include "revisions/script.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::lint {

enum class severity : std::uint8_t {
    note,    // not looked at: PostgreSQL 15's parser does not know the statement
    info,    // style, or harm that the runner bounds
    warning, // may lock out, break or lose something
    error,   // the parser failed: nobody knows
};
[[nodiscard]] std::string_view name_of(severity level);

struct finding {
    std::string file; // from the migrations directory, as revisions::shown_file() says
    std::uint32_t line = 1;
    std::uint32_t column = 1; // in characters
    severity level = severity::warning;
    std::string rule;
    std::string subject; // "users.email", "index users_email on users"
    std::string why;
    std::string remedy; // may be empty
    std::string revision;
    bool down = false;

    /// "users.email: why", for a line of its own.
    [[nodiscard]] std::string message() const;
};

/// Bounds for the child that parses; what exceeds them is a finding.
struct limits {
    duration statement_timeout = std::chrono::seconds(10);
    std::size_t child_memory = std::size_t{4} << 30; // address space, bytes
    std::size_t child_stack = std::size_t{512} << 20;
    std::size_t answer_size = std::size_t{64} << 20; // the tree of one statement, bytes
    std::size_t depth = 1000;                        // of that tree
    std::size_t failures = 10;                       // of the parser, until the rest is given up
};

struct options {
    std::vector<std::string> enable;  // rules that are only asked for by name
    std::vector<std::string> disable; // rules that are not wanted
    lint::limits limits = {};
};

/// Whether this build has the linter.
[[nodiscard]] bool available() noexcept;

struct rule_summary {
    std::string_view name;
    severity level = severity::warning;
    bool on_request = false;
    std::string_view why;
};
/// Every rule, as its table says; several rows may share a name.
[[nodiscard]] std::vector<rule_summary> all_rules();

struct input {
    const revisions::script* script = nullptr;
    bool reported = true; // false: it only teaches what types columns have
};

/// Looks at both halves of these scripts, given in the order in which they run. Findings in the
/// order of the text. Errors: usage, for a rule that does not exist or a build without the linter.
/// It forks: call it while no other thread of the process matters.
result<std::vector<finding>> check(std::span<const input> scripts, const options& how = {});

/// All revisions of a directory.
result<std::vector<finding>> check(const revisions::graph& graph, const options& how = {});

} // namespace headspace::lint
