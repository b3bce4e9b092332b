#include "migrate/sql_text.hpp"

#include "base/text.hpp"
#include "revisions/own_schema.hpp"

#include <cctype>

namespace headspace::migrate {

namespace {

constexpr std::string_view blank = "***";

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) != 0)
        ++at;
    return at;
}

// The end of the literal that begins at `at`, or `at` when none does.
std::size_t end_of_literal(std::string_view text, std::size_t at) {
    std::size_t i = at;
    bool escapes = false;
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
        escapes = true;
        ++i;
    }
    if (i < text.size() && text[i] == '\'') {
        for (++i; i < text.size(); ++i) {
            if (escapes && text[i] == '\\')
                ++i;
            else if (text[i] == '\'') {
                if (i + 1 < text.size() && text[i + 1] == '\'')
                    ++i;
                else
                    return i + 1;
            }
        }
        return text.size(); // cut off in the middle: all of the rest may be the password
    }
    if (i < text.size() && text[i] == '$' && !escapes) {
        const std::size_t close = text.find('$', i + 1);
        if (close == std::string_view::npos)
            return at;
        const std::string_view tag = text.substr(i, close + 1 - i);
        const std::size_t end = text.find(tag, close + 1);
        return end == std::string_view::npos ? text.size() : end + tag.size();
    }
    return at;
}

// The end of the value after `password=` in a connection string.
std::size_t end_of_value(std::string_view text, std::size_t at) {
    if (at < text.size() && text[at] == '\'') {
        // Inside an SQL literal the value's own quotes are doubled.
        const std::string_view quote = text.substr(at, 2) == "''" ? "''" : "'";
        const std::size_t end = text.find(quote, at + quote.size());
        return end == std::string_view::npos ? text.size() : end + quote.size();
    }
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) == 0 &&
           text[at] != '\'' && text[at] != '&')
        ++at;
    return at;
}

// `scheme://user:secret@`: the range of the secret when a URL's authority begins at `at`.
std::pair<std::size_t, std::size_t> url_password(std::string_view text, std::size_t at) {
    std::size_t colon = std::string_view::npos;
    std::size_t sign = std::string_view::npos;
    for (std::size_t i = at; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '/' || c == '\'' || c == '"' || std::isspace(static_cast<unsigned char>(c)) != 0)
            break;
        if (c == ':' && colon == std::string_view::npos)
            colon = i;
        if (c == '@')
            sign = i;
    }
    if (colon == std::string_view::npos || sign == std::string_view::npos || sign < colon)
        return {0, 0};
    return {colon + 1, sign};
}

} // namespace

std::string blank_passwords(std::string_view text) {
    constexpr std::string_view word = "password";
    const std::string lower = to_lower(text);
    std::string out;
    std::size_t i = 0;
    while (i < text.size()) {
        if (text.substr(i, 3) == "://") {
            const auto [from, to] = url_password(text, i + 3);
            if (to > from) {
                out.append(text.substr(i, from - i)).append(blank);
                i = to;
                continue;
            }
        }
        const bool here = std::string_view(lower).substr(i, word.size()) == word;
        if (!here) {
            out += text[i++];
            continue;
        }
        const std::size_t after = i + word.size();
        out.append(text.substr(i, word.size()));
        i = after;
        if (after < text.size() && is_word(text[after]))
            continue;
        std::size_t value = skip_blanks(text, after);
        const bool assigned = value < text.size() && text[value] == '=';
        if (assigned)
            value = skip_blanks(text, value + 1);
        // Inside an SQL literal, as in CONNECTION 'password=''a b''', quotes are doubled.
        const bool doubled = assigned && text.substr(value, 2) == "''";
        std::size_t end = doubled ? value : end_of_literal(text, value);
        if (end == value && assigned)
            end = end_of_value(text, value);
        if (end > value) {
            out.append(text.substr(after, value - after)).append(blank);
            i = end;
        }
    }
    return out;
}

std::string first_line(std::string_view text, std::size_t limit) {
    text = trim(text.substr(0, text.find('\n')));
    if (text.size() <= limit)
        return std::string(text);
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U)
        --limit;
    return std::string(text.substr(0, limit)) + "...";
}

std::string without_own_schema(std::string_view role, bool only_in_transaction) {
    if (role != revisions::ledger_schema)
        return {};
    return ";SELECT " + revisions::path_without_own_schema(only_in_transaction);
}

} // namespace headspace::migrate
