// Whose migrations a directory holds, by the names of its files and, where two tools use the same
// names, by the marks in them. Pure.
#pragma once

#include "revisions/formats/format.hpp"

#include <string_view>
#include <vector>

namespace headspace::revisions {

/// A foreign format, or directory_format::automatic when nothing in it looks like a migration of
/// anybody. Errors (malformed_file): the marks of several tools; SQL files of no known format; a
/// tool that is recognised and not read (Alembic, Prisma, Atlas, Liquibase, Sqitch). Each says what
/// was found. `directory` is for the words.
result<directory_format> detect(const std::vector<foreign_file>& files, std::string_view directory);

} // namespace headspace::revisions
