#include "config/dotenv.hpp"

namespace headspace::config {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

class dotenv_parser {
public:
    dotenv_parser(std::string_view text, const std::string& path) : text_(text), path_(path) {
        if (text_.starts_with("\xEF\xBB\xBF"))
            text_.remove_prefix(3);
    }

    dotenv_file run() {
        while (!at_end())
            parse_line();
        if (!out_.errors.empty())
            out_.variables.clear();
        return std::move(out_);
    }

private:
    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    /// '\n' at the end of the text and before "\r\n".
    [[nodiscard]] char peek() const {
        if (at_end() || (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n'))
            return '\n';
        return text_[at_];
    }

    void advance() {
        if (text_[at_] == '\n') {
            ++line_;
            line_begin_ = at_ + 1;
        }
        ++at_;
    }

    void skip_blanks() {
        while (!at_end() && is_blank(peek()))
            advance();
    }

    void skip_line() {
        while (!at_end() && text_[at_] != '\n')
            advance();
        if (!at_end())
            advance();
    }

    void fail(std::uint32_t line, std::size_t column, std::string message) {
        out_.errors.push_back(
            {path_, line, static_cast<std::uint32_t>(column), std::move(message)});
    }

    void fail_here(std::string message) { fail(line_, at_ - line_begin_ + 1, std::move(message)); }

    std::string take_name() {
        std::string name;
        if (!at_end() && is_letter(peek()))
            while (!at_end() && (is_letter(peek()) || (peek() >= '0' && peek() <= '9'))) {
                name += peek();
                advance();
            }
        return name;
    }

    void parse_line() {
        skip_blanks();
        if (peek() == '\n' || peek() == '#')
            return skip_line();
        const std::uint32_t line = line_;
        std::string name = take_name();
        if (name == "export" && !at_end() && is_blank(peek())) {
            skip_blanks();
            name = take_name();
        }
        skip_blanks();
        if (name.empty() || peek() != '=') {
            fail_here(name.empty() ? "expected NAME=value" : "expected '=' after the name");
            return skip_line();
        }
        advance();
        skip_blanks();
        std::string value;
        const bool ok = peek() == '\''  ? take_literal(value)
                        : peek() == '"' ? take_quoted(name, value)
                                        : take_bare(name, value);
        if (ok)
            keep(name, std::move(value), line);
        wipe(value);
        skip_line();
    }

    bool finish_quoted() {
        advance();
        skip_blanks();
        if (peek() == '\n' || peek() == '#')
            return true;
        fail_here("unexpected text after the closing quote");
        return false;
    }

    bool take_literal(std::string& value) {
        const std::uint32_t line = line_;
        const std::size_t column = at_ - line_begin_ + 1;
        for (advance(); !at_end(); advance()) {
            if (text_[at_] == '\'')
                return finish_quoted();
            value += text_[at_];
        }
        fail(line, column, "the quote is not closed");
        return false;
    }

    bool take_quoted(const std::string& name, std::string& value) {
        const std::uint32_t line = line_;
        const std::size_t column = at_ - line_begin_ + 1;
        for (advance(); !at_end(); advance()) {
            char c = text_[at_];
            if (c == '"') {
                warn_of_expansion(name, value, line);
                return finish_quoted();
            }
            if (c == '\\' && at_ + 1 < text_.size()) {
                constexpr std::string_view escapes = "nrt\\\"$";
                constexpr std::string_view meanings = "\n\r\t\\\"$";
                const auto known = escapes.find(text_[at_ + 1]);
                if (known != std::string_view::npos) {
                    advance();
                    c = meanings[known];
                }
            }
            value += c;
        }
        fail(line, column, "the quote is not closed");
        return false;
    }

    bool take_bare(const std::string& name, std::string& value) {
        const std::uint32_t line = line_;
        for (; peek() != '\n'; advance()) {
            if (peek() == '#' && (value.empty() || is_blank(value.back())))
                break;
            value += peek();
        }
        while (!value.empty() && is_blank(value.back()))
            value.pop_back();
        warn_of_expansion(name, value, line);
        return true;
    }

    void warn_of_expansion(const std::string& name, const std::string& value, std::uint32_t line) {
        if (is_our_variable(name) && value.find("${") != std::string::npos)
            out_.warnings.push_back(path_ + ":" + std::to_string(line) + ": " + name +
                                    " contains '${', which is not expanded here");
    }

    void keep(const std::string& name, std::string value, std::uint32_t line) {
        if (value.find('\0') != std::string::npos)
            return fail(line, 1, name + " contains a NUL");
        if (is_our_variable(name)) {
            if (out_.variables.contains(name))
                out_.warnings.push_back(path_ + ":" + std::to_string(line) + ": " + name +
                                        " is set again, the last one counts");
            out_.variables[name] = {secret(value), line};
        }
        wipe(value);
    }

    std::string_view text_;
    const std::string& path_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
    std::size_t line_begin_ = 0;
    dotenv_file out_;
};

} // namespace

dotenv_file parse_dotenv(std::string_view text, const std::string& path) {
    return dotenv_parser(text, path).run();
}

bool is_our_variable(std::string_view name) {
    return name.starts_with("DATABASE_") || name.starts_with("HEADSPACE_") ||
           (name.starts_with("PG") && !name.starts_with("PG_"));
}

} // namespace headspace::config
