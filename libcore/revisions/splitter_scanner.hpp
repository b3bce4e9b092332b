// The loop beneath split_statements() and parse_script(): statements one by one, and the comment
// lines that end one early because they are directives. Private to this module.
#pragma once

#include "revisions/lexer.hpp"
#include "revisions/statement.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace headspace::revisions {

/// A line comment that stands at the beginning of its line and is a boundary.
struct boundary {
    token comment;
};
struct end_of_text {};
using scanned = std::variant<statement, boundary, end_of_text>;

class statement_scanner {
public:
    /// Says whether a line comment ends the section.
    using boundary_test = std::function<result<bool>(const token& comment)>;

    statement_scanner(std::string_view sql, std::string_view file, std::uint32_t first_line,
                      boundary_test is_boundary = {})
        : lexer_(sql, file, first_line), sql_(sql), file_(file),
          is_boundary_(std::move(is_boundary)) {}

    result<scanned> next();

private:
    struct opened {
        std::string_view bracket; // "(" or "["
        std::uint32_t line = 1;
        bool of_json = false; // JSON_OBJECT( and JSON_OBJECTAGG( know `key : value`
    };

    [[nodiscard]] bool started() const { return first_.kind != token_kind::end; }
    result<bool> comment(const token& t);
    void collect(const token& t);
    void track_word(const token& t);
    void track_bracket(const token& t);
    [[nodiscard]] std::optional<error> refused(const token& t) const;
    result<scanned> finish(std::size_t next_begin);
    std::uint32_t column_of(const token& t);
    scanned at_boundary(const token& t);
    void reset(std::size_t next_begin);

    lexer lexer_;
    std::string_view sql_;
    std::string_view file_;
    boundary_test is_boundary_;

    std::optional<token> pending_boundary_;
    bool at_end_ = false;

    // Where column_of() stopped counting.
    std::size_t counted_line_start_ = 0;
    std::size_t counted_to_ = 0;
    std::uint32_t counted_column_ = 1;

    // The statement being read.
    std::size_t begin_ = 0;
    token first_;
    token last_;
    std::vector<token> tokens_; // the first ones, enough for classify()
    std::vector<opened> brackets_;
    std::size_t parentheses_ = 0;
    std::string
        function_words_; // psql's: first letters of create, or, replace, function, procedure
    std::size_t word_count_ = 0;
    std::size_t body_depth_ = 0; // BEGIN ATOMIC and the CASEs in it
    std::uint32_t body_line_ = 1;
    bool calls_set_config_ = false;
    bool copy_from_stdin_ = false;
};

} // namespace headspace::revisions
