// Tokens of PostgreSQL's SQL as the server reads it (src/backend/parser/scan.l). Knows nothing of
// statements; comments are tokens too. Pure.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace headspace::revisions {

enum class token_kind : std::uint8_t {
    word, // identifier or keyword without quotes
    quoted_identifier,
    string, // any kind of quote, dollar quotes too
    number,
    parameter, // $1
    symbol,    // one character, or "::" or ":="
    semicolon,
    line_comment, // without its line end
    block_comment,
    backslash, // begins a psql meta-command
    end,
};

struct token {
    token_kind kind = token_kind::end;
    std::size_t offset = 0;
    std::size_t length = 0;
    std::uint32_t line = 1;
    std::size_t line_start = 0; // offset of the first byte of its line

    [[nodiscard]] std::string_view in(std::string_view sql) const {
        return sql.substr(offset, length);
    }
    /// An unquoted word, compared without case; `lower` is in lower case.
    [[nodiscard]] bool is_word(std::string_view sql, std::string_view lower) const;
    [[nodiscard]] bool is_symbol(std::string_view sql, std::string_view which) const {
        return kind == token_kind::symbol && in(sql) == which;
    }
};

class lexer {
public:
    lexer(std::string_view sql, std::string_view file, std::uint32_t first_line)
        : sql_(sql), file_(file), line_(first_line) {}

    /// After the last one every call gives `end`. Errors: malformed_file, with the line where an
    /// unterminated quote or comment began.
    result<token> next();

    /// standard_conforming_strings = off: a backslash escapes in plain strings as well.
    void backslash_escapes(bool on) { backslash_escapes_ = on; }

private:
    [[nodiscard]] char at(std::size_t where) const {
        return where < sql_.size() ? sql_[where] : '\0';
    }
    void skip_blanks();
    void advance_to(std::size_t where);
    [[nodiscard]] std::size_t end_of_number() const;
    [[nodiscard]] std::size_t end_of_block_comment() const;
    [[nodiscard]] std::size_t end_of_quoted(std::size_t open, bool escapes) const;
    [[nodiscard]] std::size_t end_of_string(std::size_t open, bool escapes) const;
    [[nodiscard]] std::string_view dollar_tag() const;
    [[nodiscard]] error unterminated(std::string_view what) const;

    std::string_view sql_;
    std::string_view file_;
    std::size_t position_ = 0;
    std::uint32_t line_ = 1;
    std::size_t line_start_ = 0;
    bool backslash_escapes_ = false;
};

/// An unquoted name in lower case, a quoted one without its quotes.
[[nodiscard]] std::string folded(std::string_view identifier);

/// malformed_file at file:line.
[[nodiscard]] error malformed(std::string_view file, std::uint32_t line, std::string_view what,
                              std::string hint = {});

} // namespace headspace::revisions
