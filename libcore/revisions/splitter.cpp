#include "revisions/splitter.hpp"

#include "revisions/splitter_scanner.hpp"

#include <algorithm>
#include <array>

namespace headspace::revisions {

namespace {

// classify() needs the first words; a bulk INSERT would keep millions.
constexpr std::size_t kept_tokens = 128;

bool is_comment(const token& t) {
    return t.kind == token_kind::line_comment || t.kind == token_kind::block_comment;
}

std::uint32_t characters_in(std::string_view text) {
    return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    }));
}

bool variable_follows(std::string_view rest) {
    if (rest.empty())
        return false;
    const char c = rest.front();
    const bool name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || static_cast<unsigned char>(c) >= 0x80;
    return name || c == '\'' || c == '"' || rest.starts_with("{?");
}

} // namespace

result<bool> statement_scanner::comment(const token& t) {
    if (!is_boundary_ || t.kind != token_kind::line_comment)
        return false;
    return is_boundary_(t);
}

std::optional<error> statement_scanner::refused(const token& t) const {
    if (t.kind == token_kind::backslash) {
        const std::string_view rest = sql_.substr(t.offset);
        const std::string command(rest.substr(0, rest.find_first_of(" \t\r\n")));
        return malformed(file_, t.line, "psql meta-command " + command,
                         "only psql knows it; a migration is plain SQL: write what it does as SQL, "
                         "or take the line out");
    }
    const bool colon_is_sql =
        !brackets_.empty() && (brackets_.back().bracket == "[" || brackets_.back().of_json);
    if (t.is_symbol(sql_, ":") && !colon_is_sql && variable_follows(sql_.substr(t.offset + 1))) {
        const std::string_view rest = sql_.substr(t.offset);
        const std::string variable(rest.substr(0, rest.find_first_of(" \t\r\n,;)", 1)));
        return malformed(file_, t.line, "psql variable " + variable,
                         "migrations know no variables: write the value itself");
    }
    return {};
}

// A function whose body is BEGIN ATOMIC ... END holds semicolons of its own; CASE ends with END
// too, but matters only inside. psqlscan.l does the same with less care: there a function called
// "begin" or a column alias called "end" is enough to lose count.
void statement_scanner::track_word(const token& t) {
    constexpr std::array<std::string_view, 5> relevant{"create", "function", "procedure", "or",
                                                       "replace"};
    for (const std::string_view word : relevant)
        if (t.is_word(sql_, word) && word_count_ == function_words_.size())
            function_words_ += word.front();
    ++word_count_;
    calls_set_config_ = calls_set_config_ || t.is_word(sql_, "set_config");
    if (parentheses_ > 0)
        return;
    copy_from_stdin_ =
        copy_from_stdin_ || (t.is_word(sql_, "stdin") && last_.is_word(sql_, "from") &&
                             tokens_.front().is_word(sql_, "copy"));
    const std::string_view words = function_words_;
    if (!words.starts_with("cf") && !words.starts_with("cp") && !words.starts_with("corf") &&
        !words.starts_with("corp"))
        return;
    if (last_.is_word(sql_, "as") || last_.is_symbol(sql_, "."))
        return; // a name, keyword or not
    if (t.is_word(sql_, "atomic") && last_.is_word(sql_, "begin")) {
        if (body_depth_++ == 0)
            body_line_ = last_.line;
    } else if (t.is_word(sql_, "case") && body_depth_ > 0) {
        ++body_depth_;
    } else if (t.is_word(sql_, "end") && body_depth_ > 0) {
        --body_depth_;
    }
}

void statement_scanner::track_bracket(const token& t) {
    if (t.is_symbol(sql_, "(")) {
        ++parentheses_;
        brackets_.push_back(
            {"(", t.line,
             last_.is_word(sql_, "json_object") || last_.is_word(sql_, "json_objectagg")});
    } else if (t.is_symbol(sql_, "[")) {
        brackets_.push_back({"[", t.line, false});
    } else if (t.is_symbol(sql_, "]")) {
        if (!brackets_.empty() && brackets_.back().bracket == "[")
            brackets_.pop_back();
    } else if (t.is_symbol(sql_, ")") && parentheses_ > 0) {
        while (brackets_.back().bracket != "(")
            brackets_.pop_back(); // a stray '[' is the server's business
        brackets_.pop_back();
        --parentheses_;
    }
}

void statement_scanner::collect(const token& t) {
    if (!started())
        first_ = t;
    if (tokens_.size() < kept_tokens)
        tokens_.push_back(t);
    if (t.kind == token_kind::word)
        track_word(t);
    else if (t.kind == token_kind::symbol)
        track_bracket(t);
    last_ = t;
}

// Counts on from the statement before when that stood on the same line: dumps put thousands on one.
std::uint32_t statement_scanner::column_of(const token& t) {
    const bool same_line = counted_line_start_ == t.line_start && counted_to_ <= t.offset;
    const std::size_t from = same_line ? counted_to_ : t.line_start;
    counted_column_ =
        (same_line ? counted_column_ : 1) + characters_in(sql_.substr(from, t.offset - from));
    counted_line_start_ = t.line_start;
    counted_to_ = t.offset;
    return counted_column_;
}

void statement_scanner::reset(std::size_t next_begin) {
    begin_ = next_begin;
    first_ = {};
    last_ = {};
    tokens_.clear();
    brackets_.clear();
    parentheses_ = 0;
    function_words_.clear();
    word_count_ = 0;
    body_depth_ = 0;
    calls_set_config_ = false;
    copy_from_stdin_ = false;
}

result<scanned> statement_scanner::finish(std::size_t next_begin) {
    if (parentheses_ > 0) {
        const auto open = std::find_if(brackets_.begin(), brackets_.end(),
                                       [](const opened& o) { return o.bracket == "("; });
        return malformed(file_, open->line, "the parenthesis that opens here is never closed");
    }
    if (body_depth_ > 0)
        return malformed(file_, body_line_, "the function body that begins here has no END");
    if (copy_from_stdin_)
        return malformed(file_, first_.line, "COPY ... FROM STDIN is not supported in migrations",
                         "write the rows as INSERT statements");
    statement s;
    static_cast<classification&>(s) = classify(tokens_, sql_, calls_set_config_);
    s.begin = begin_;
    s.offset = first_.offset;
    s.text = sql_.substr(first_.offset, last_.offset + last_.length - first_.offset);
    s.line = first_.line;
    s.column = column_of(first_);
    if (s.backslash_escapes)
        lexer_.backslash_escapes(*s.backslash_escapes);
    reset(next_begin);
    return scanned(std::move(s));
}

scanned statement_scanner::at_boundary(const token& t) {
    reset(t.offset + t.length);
    lexer_.backslash_escapes(false); // each section has a session of its own
    return boundary{t};
}

result<scanned> statement_scanner::next() {
    if (pending_boundary_) {
        const token t = *pending_boundary_;
        pending_boundary_.reset();
        return at_boundary(t);
    }
    while (!at_end_) {
        const result<token> read = lexer_.next();
        if (!read)
            return read.error();
        const token& t = *read;
        if (is_comment(t)) {
            const result<bool> ends = comment(t);
            if (!ends)
                return ends.error();
            if (!*ends)
                continue;
            if (!started())
                return at_boundary(t);
            pending_boundary_ = t;
            return finish(t.offset);
        }
        if (t.kind == token_kind::end) {
            at_end_ = true;
            if (started())
                return finish(t.offset);
            break;
        }
        if (const auto problem = refused(t))
            return *problem;
        if (t.kind == token_kind::semicolon && parentheses_ == 0 && body_depth_ == 0) {
            if (started())
                return finish(t.offset + t.length);
            begin_ = t.offset + t.length; // an empty statement
            continue;
        }
        collect(t);
    }
    return scanned(end_of_text{});
}

result<std::vector<statement>> split_statements(std::string_view text, std::string_view file,
                                                std::uint32_t first_line) {
    statement_scanner scanner(text, file, first_line);
    std::vector<statement> found;
    for (;;) {
        result<scanned> next = scanner.next();
        if (!next)
            return next.error();
        auto* s = std::get_if<statement>(&*next);
        if (!s)
            return found;
        found.push_back(std::move(*s));
    }
}

} // namespace headspace::revisions
