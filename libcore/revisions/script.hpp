// One migration file, read: its place in the graph, its message, and the statements of both
// directions. Pure: bytes in, struct or error out.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "revisions/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::revisions {

struct section_options {
    bool transaction = true;              // transaction:false
    std::optional<duration> lock_timeout; // lock_timeout:2s; nothing: as configured
};

/// The up or the down half of a file. `text` begins with its directive line, so that what the
/// ledger stores can be read back by parse_section() with its options.
struct section {
    std::string text;
    section_options options;
    std::vector<statement> statements; // offsets into `text`, lines of the file
    std::uint32_t line = 1;            // of the (first) directive
    std::string file;                  // where it has one of its own, as script::file; else empty
};

struct script {
    std::string revision; // the digits at the beginning of the file's name, dots between included
    std::string slug;     // what follows them, without ".sql"
    /// Its name in versions/, "20261121100000_create_users.sql"; in another tool's directory the
    /// path from there, "./V1__create_users.sql". Empty when read from the ledger.
    std::string file;
    std::string message;
    /// As the header says; nothing without one: then build_graph() makes it the file before.
    std::optional<std::vector<std::string>> stated_parents;
    std::uint32_t parents_line = 0; // where the file says so
    /// Filled by build_graph(); empty for a base.
    std::vector<std::string> parents;
    section up;
    /// Nothing: the file has no `migrate:down` and cannot be reverted. One without statements
    /// reverts nothing but the ledger row, as in Alembic and dbmate.
    std::optional<section> down;
    std::string checksum; // SHA-256 of `text`, lower-case hex
    std::string text;     // the whole file, LF line ends, no BOM
};

/// `bytes` is the file as it is on disk; `file` its name, without folders. Errors: malformed_file
/// with "versions/FILE:line".
///
/// Several up/down pairs are accepted and run as one migration: the ups in their order, the downs
/// backwards; transaction:false on one of them holds for the whole direction, and the shortest
/// lock_timeout.
result<script> parse_script(std::string_view file, std::string_view bytes);

/// Reads a section back that the ledger stored. `label` names it in messages.
result<section> parse_section(std::string_view text, std::string_view label);

/// Takes one plain BEGIN ... COMMIT around all statements off, as if the file did not have it (its
/// text and checksum stay). With transaction:false the section becomes one transaction again, as
/// the pair asks, unless it holds a statement that cannot run in one. parse_script() and
/// parse_section() do this; other readers of files have to.
void take_off_transaction(section& which);

/// Statements that the runner will not run in this section: those the server refuses in a
/// transaction while the section is one, and what take_off_transaction() left of BEGIN, COMMIT and
/// the like: a lone one, a second pair, statements outside of the pair, options that the runner's
/// transaction does not have. One error (malformed_file, with file and line) for each.
[[nodiscard]] std::vector<error> forbidden_statements(const section& which, std::string_view file);

/// CRLF becomes LF and a byte-order mark goes: what is hashed, split and run.
[[nodiscard]] std::string normalised(std::string_view bytes);

/// What is not text in UTF-8, with its line; nothing when all of it is.
[[nodiscard]] std::optional<error> check_encoding(std::string_view text, std::string_view file);

/// The path shown in messages, from the migrations directory: "versions/" and the name; that of
/// another tool's file without its "./".
[[nodiscard]] std::string shown_file(std::string_view file);

} // namespace headspace::revisions
