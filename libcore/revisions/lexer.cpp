#include "revisions/lexer.hpp"

#include "base/text.hpp"

namespace headspace::revisions {

namespace {

constexpr std::size_t none = std::string_view::npos;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool starts_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool continues_word(char c) {
    return starts_word(c) || is_digit(c) || c == '$';
}

bool one_of(char c, std::string_view set) {
    return c != '\0' && set.find(c) != none;
}

} // namespace

bool token::is_word(std::string_view sql, std::string_view lower) const {
    if (kind != token_kind::word || length != lower.size())
        return false;
    for (std::size_t i = 0; i < length; ++i) {
        const char c = sql[offset + i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[i])
            return false;
    }
    return true;
}

void lexer::advance_to(std::size_t where) {
    // A lone carriage return ends a line for the server too; one before a line feed does not count
    // twice.
    for (; position_ < where; ++position_) {
        const char c = sql_[position_];
        if (c == '\n' || (c == '\r' && at(position_ + 1) != '\n')) {
            ++line_;
            line_start_ = position_ + 1;
        }
    }
}

void lexer::skip_blanks() {
    std::size_t where = position_;
    while (where < sql_.size() && is_blank(sql_[where]))
        ++where;
    advance_to(where);
}

std::size_t lexer::end_of_number() const {
    std::size_t i = position_;
    while (is_digit(at(i)) || (at(i) == '.' && at(i + 1) != '.'))
        ++i;
    if (one_of(at(i), "eE")) {
        const std::size_t exponent = one_of(at(i + 1), "+-") ? i + 2 : i + 1;
        if (is_digit(at(exponent)))
            for (i = exponent; is_digit(at(i));)
                ++i;
    }
    return i;
}

std::size_t lexer::end_of_block_comment() const {
    std::size_t depth = 1;
    for (std::size_t i = position_ + 2; i + 1 < sql_.size(); ++i) {
        if (sql_[i] == '/' && sql_[i + 1] == '*') {
            ++depth;
            ++i;
        } else if (sql_[i] == '*' && sql_[i + 1] == '/') {
            ++i;
            if (--depth == 0)
                return i + 1;
        }
    }
    return none;
}

std::size_t lexer::end_of_quoted(std::size_t open, bool escapes) const {
    const char quote = sql_[open];
    for (std::size_t i = open + 1; i < sql_.size(); ++i) {
        if (escapes && sql_[i] == '\\')
            ++i;
        else if (sql_[i] == quote && at(i + 1) == quote)
            ++i;
        else if (sql_[i] == quote)
            return i + 1;
    }
    return none;
}

// 'a' <line end> 'b' is one string, and the second part is read like the first: only where
// backslashes escape does that make a difference.
std::size_t lexer::end_of_string(std::size_t open, bool escapes) const {
    std::size_t end = end_of_quoted(open, escapes);
    while (escapes && end != none) {
        std::size_t i = end;
        bool new_line = false;
        for (;;) {
            if (is_blank(at(i))) {
                new_line = new_line || one_of(at(i), "\n\r");
                ++i;
            } else if (at(i) == '-' && at(i + 1) == '-') {
                while (i < sql_.size() && !one_of(at(i), "\n\r"))
                    ++i;
            } else {
                break;
            }
        }
        if (!new_line || at(i) != '\'')
            break;
        end = end_of_quoted(i, escapes);
    }
    return end;
}

/// "$$" or "$tag$" at the current position, or "".
std::string_view lexer::dollar_tag() const {
    std::size_t i = position_ + 1;
    if (starts_word(at(i)))
        while (starts_word(at(i)) || is_digit(at(i)))
            ++i;
    return at(i) == '$' ? sql_.substr(position_, i + 1 - position_) : std::string_view{};
}

error lexer::unterminated(std::string_view what) const {
    return malformed(file_, line_, std::string(what) + " that begins here is never closed");
}

result<token> lexer::next() {
    skip_blanks();
    token t{token_kind::end, position_, 0, line_, line_start_};
    if (position_ >= sql_.size())
        return t;

    const char c = sql_[position_];
    const char after = at(position_ + 1);
    std::size_t end = position_ + 1;
    const auto quoted = [&](token_kind kind, std::size_t open, bool escapes) {
        t.kind = kind;
        return kind == token_kind::string ? end_of_string(open, escapes)
                                          : end_of_quoted(open, false);
    };
    std::string_view what = "the string";
    if (c == '-' && after == '-') {
        t.kind = token_kind::line_comment;
        end = sql_.find_first_of("\n\r", position_);
        if (end == none)
            end = sql_.size();
    } else if (c == '/' && after == '*') {
        t.kind = token_kind::block_comment;
        what = "the comment";
        end = end_of_block_comment();
    } else if (c == '\'') {
        end = quoted(token_kind::string, position_, backslash_escapes_);
    } else if (c == '"') {
        what = "the quoted name";
        end = quoted(token_kind::quoted_identifier, position_, false);
    } else if (one_of(c, "eE") && after == '\'') {
        end = quoted(token_kind::string, position_ + 1, true);
    } else if (one_of(c, "nN") && after == '\'') {
        end = quoted(token_kind::string, position_ + 1, backslash_escapes_);
    } else if (one_of(c, "bBxX") && after == '\'') {
        end = quoted(token_kind::string, position_ + 1, false);
    } else if (one_of(c, "uU") && after == '&' && at(position_ + 2) == '\'') {
        end = quoted(token_kind::string, position_ + 2, false);
    } else if (one_of(c, "uU") && after == '&' && at(position_ + 2) == '"') {
        what = "the quoted name";
        end = quoted(token_kind::quoted_identifier, position_ + 2, false);
    } else if (starts_word(c)) {
        t.kind = token_kind::word;
        while (continues_word(at(end)))
            ++end;
    } else if (is_digit(c) || (c == '.' && is_digit(after))) {
        t.kind = token_kind::number;
        end = end_of_number();
    } else if (c == '$' && is_digit(after)) {
        t.kind = token_kind::parameter;
        while (is_digit(at(end)))
            ++end;
    } else if (const std::string_view tag = c == '$' ? dollar_tag() : ""; !tag.empty()) {
        t.kind = token_kind::string;
        what = "the dollar-quoted string";
        end = sql_.find(tag, position_ + tag.size());
        if (end != none)
            end += tag.size();
    } else if (c == ';') {
        t.kind = token_kind::semicolon;
    } else if (c == '\\') {
        t.kind = token_kind::backslash;
    } else {
        t.kind = token_kind::symbol;
        if (c == ':' && one_of(after, ":="))
            ++end;
    }
    if (end == none || end > sql_.size())
        return unterminated(what);
    t.length = end - position_;
    advance_to(end);
    return t;
}

std::string folded(std::string_view identifier) {
    if (identifier.size() < 2 || identifier.front() != '"')
        return to_lower(identifier);
    std::string name;
    for (std::size_t i = 1; i + 1 < identifier.size(); ++i) {
        name += identifier[i];
        if (identifier[i] == '"')
            ++i; // doubled
    }
    return name;
}

error malformed(std::string_view file, std::uint32_t line, std::string_view what,
                std::string hint) {
    error e = make_error(errc::malformed_file, error_class::refuse,
                         std::string(file) + ":" + std::to_string(line) + ": " + std::string(what),
                         std::move(hint));
    e.file = file;
    e.line = line;
    return e;
}

} // namespace headspace::revisions
