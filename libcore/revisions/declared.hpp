// What schema/ declares: its files as statements, what may not stand there, and the renames that
// its comments state. Pure.
#pragma once

#include "base/error.hpp"
#include "revisions/directory.hpp"
#include "revisions/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::revisions {

/// `-- @renamed public.users.name -> public.users.full_name`
struct rename_note {
    std::string from;
    std::string to;
    std::string where; // "schema/users.sql:12", or "--rename"
};

struct declared_statement {
    std::string file; // "schema/users.sql"
    statement what;
};

struct declaration {
    std::vector<declared_statement> statements; // in the order of files and lines
    std::vector<rename_note> renames;
};

/// Errors (malformed_file with file:line): those of split_statements(), a command that would change
/// the whole server (CREATE ROLE, ...), transaction control, an `@renamed` that cannot be read.
result<declaration> read_declaration(const std::vector<schema_file>& files);

/// "users.name:users.full_name", as --rename takes it. Errors: usage.
result<rename_note> parse_rename_option(std::string_view text);

/// The name of a command that reaches beyond its database: roles and their memberships, databases,
/// tablespaces, the server's settings, a subscription that connects. "" for all others.
[[nodiscard]] std::string server_wide_command(const statement& which);

/// The first words of a statement in upper case, at most `count`, comments left out.
[[nodiscard]] std::vector<std::string> leading_words(std::string_view sql, std::size_t count);

} // namespace headspace::revisions
