// One SQL statement of a migration file: its text, where it stands, and what its first words say
// about how it may be run. Pure; it knows the words, not the grammar.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::revisions {

struct token;

enum class statement_kind : std::uint8_t {
    ordinary,
    not_in_transaction,  // the server refuses it in a transaction block (25001)
    transaction_control, // BEGIN, COMMIT, ROLLBACK, ...: never allowed, the runner owns the
                         // transaction
};

/// What a statement with CONCURRENTLY works on, so that the catalogue can be asked what became of
/// it. Names are folded and unquoted as the server would; empty where the statement does not say
/// them.
struct concurrent_work {
    enum class action : std::uint8_t { create_index, drop_index, reindex, detach_partition };
    action what = action::create_index;
    std::string index_schema; // of drop_index and reindex; CREATE INDEX takes its table's
    std::string index;        // the first one named
    std::string table_schema;
    std::string table;
    std::string partition_schema;
    std::string partition;
    bool several = false;      // DROP INDEX a, b
    bool if_exists = false;    // IF EXISTS or IF NOT EXISTS
    bool whole_object = false; // REINDEX TABLE, SCHEMA, ...: `index` is empty
};

struct classification {
    statement_kind kind = statement_kind::ordinary;
    /// "CREATE INDEX CONCURRENTLY", "VACUUM", "COMMIT": for messages; empty for ordinary ones.
    std::string name;
    /// SET, RESET, DISCARD or set_config(): outlives the transaction and, behind a pooler, lands on
    /// another client's connection. SET LOCAL, SET TRANSACTION and SET CONSTRAINTS do not count.
    bool changes_session = false;
    /// SET standard_conforming_strings: what follows is read differently.
    std::optional<bool> backslash_escapes;
    bool copies_from_stdin = false;
    std::optional<concurrent_work> concurrently;
};

/// Looks at the first words only; `tokens` are those of one statement, comments left out.
/// `calls_set_config`: that function is named anywhere in it.
[[nodiscard]] classification classify(const std::vector<token>& tokens, std::string_view sql,
                                      bool calls_set_config);

struct statement : classification {
    std::string text;       // from its first token to its last: no comment before it, no ';' after
    std::size_t offset = 0; // of `text` in the text that was split, in bytes
    std::size_t begin = 0;  // where the comments before it begin
    std::uint32_t line = 1; // of its first token in the file, from 1
    std::uint32_t column = 1; // likewise, in characters
};

struct place {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
};

/// Where in the file the server's error position is: `position` counts characters of
/// `statement.text` from 1 (the field 'P' of an ErrorResponse; the caller takes off what it put
/// before the text). 0 or out of range: the statement's own place.
[[nodiscard]] place locate(const statement& where, std::size_t position);

} // namespace headspace::revisions
