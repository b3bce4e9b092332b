// Another tool's bookkeeping: which table is whose, and what its rows say is applied. Pure; the
// shapes are those of the tools' own CREATE TABLE statements.
#pragma once

#include "base/error.hpp"
#include "migrate/ledger_row.hpp"
#include "migrate/plan.hpp"
#include "revisions/directory.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::migrate {

enum class foreign_tool : std::uint8_t {
    golang_migrate,
    goose,
    dbmate,
    flyway,
    diesel,
    alembic,
    // recognised so that they can be named, and not taken over
    prisma,
    sqlx,
    rails,
    atlas,
    liquibase,
    django,
    ecto,
};

/// "golang-migrate", "goose", ...: what `--from` takes.
[[nodiscard]] std::string_view to_string(foreign_tool tool) noexcept;

/// A table of the database with its columns in order, each "name type" without type modifier.
struct table_shape {
    std::string schema;
    std::string name;
    std::vector<std::string> columns;
};

struct bookkeeping {
    foreign_tool tool = foreign_tool::goose;
    std::string schema;
    std::string table;

    /// "goose (public.goose_db_version)".
    [[nodiscard]] std::string text() const;
};

/// The tables that are some tool's bookkeeping, by their columns; by their name too where the
/// columns alone say little.
[[nodiscard]] std::vector<bookkeeping> recognise(const std::vector<table_shape>& tables);

/// Tables that are called like a tool's and have columns of nobody's: "public.schema_version (a
/// integer, b text)".
[[nodiscard]] std::vector<std::string> misshapen(const std::vector<table_shape>& tables);

/// The one that is meant: `from` is empty, a tool's name, a table or "schema.table". Errors
/// (conflict_here): none (where `strange` says what came near), several, a tool that is not
/// supported. Alembic's passes.
result<bookkeeping> choose(const std::vector<bookkeeping>& found, std::string_view from,
                           const std::vector<std::string>& strange = {});

/// Reads the rows that judge() wants, every column as text.
[[nodiscard]] std::string rows_sql(const bookkeeping& which);

using foreign_row = std::vector<std::optional<std::string>>;

struct adopted {
    bookkeeping from;
    std::vector<std::string> revisions;   // applied, from base to head
    std::vector<std::string> repeatables; // applied with the text that the file has now
    std::vector<std::string> notes;
};

/// Errors (conflict_here), naming the row: dirty or failed, more rows than the tool writes, a
/// version that no file has, Alembic (its revisions are Python).
result<adopted> judge(const bookkeeping& which, const std::vector<foreign_row>& rows,
                      const revisions::directory& files);

/// A revision that the ledger has seen going, and when.
struct reverted_here {
    std::string revision;
    std::string at; // UTC
};

/// Nobody keeps that tool's table up once revisions are applied and reverted by us. Errors
/// (conflict_here): it says that something is applied that was reverted here.
result<void> check_not_reverted(const adopted& what, const std::vector<reverted_here>& gone);

/// Stamps what the ledger lacks of it.
plan plan_adoption(const adopted& what, const revisions::directory& files,
                   const ledger_state& ledger);

/// Flyway's checksum: CRC-32 of the text's lines without their ends, as a signed number.
[[nodiscard]] std::int32_t flyway_checksum(std::string_view text);

} // namespace headspace::migrate
