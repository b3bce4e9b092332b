// keyword = value pairs as libpq reads them (fe-connect.c, conninfo_parse): values may be quoted
// with '...', a backslash takes the next character as it is.
#include "config/conninfo_parts.hpp"

namespace headspace::config {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

void skip_blanks(std::string_view& text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
}

/// Takes one value off the front; false when its quote is not closed.
bool take_value(std::string_view& text, std::string& value) {
    const bool quoted = text.starts_with('\'');
    if (quoted)
        text.remove_prefix(1);
    while (!text.empty()) {
        const char c = text.front();
        if (quoted ? c == '\'' : is_blank(c))
            break;
        text.remove_prefix(1);
        if (c != '\\') {
            value += c;
        } else if (!text.empty()) {
            value += text.front();
            text.remove_prefix(1);
        }
    }
    if (!quoted)
        return true;
    if (text.empty())
        return false;
    text.remove_prefix(1);
    return true;
}

} // namespace

result<conninfo_fields> parse_conninfo_keyvalue(std::string_view text, std::string_view label) {
    conninfo_fields fields;
    const char* const begin = text.data();
    const auto fail_at = [&](const char* where, std::string message, std::string hint = {}) {
        error e = conninfo_error(label, std::move(message), std::move(hint));
        e.position = static_cast<std::uint32_t>(where - begin) + 1;
        return e;
    };
    for (skip_blanks(text); !text.empty(); skip_blanks(text)) {
        const std::string which = "pair " + std::to_string(fields.size() + 1);
        const char* const pair = text.data();
        std::size_t end = 0;
        while (end < text.size() && text[end] != '=' && !is_blank(text[end]))
            ++end;
        const std::string_view keyword = text.substr(0, end);
        text.remove_prefix(end);
        skip_blanks(text);
        if (keyword.empty() || !text.starts_with('=')) {
            if (fields.empty())
                return conninfo_error(label, "this is neither a URL nor keyword=value pairs",
                                      "write postgresql://user@host:5432/database");
            return fail_at(pair, which + " has no '='",
                           "a value with blanks is written in single quotes");
        }
        text.remove_prefix(1);
        const bool blank_before = !text.empty() && is_blank(text.front());
        skip_blanks(text);
        const bool quoted = text.starts_with('\'');
        std::string value;
        if (!take_value(text, value)) {
            wipe(value);
            return fail_at(pair, "the quote of " + which + " is not closed");
        }
        const bool swallowed = blank_before && !quoted && value.find('=') != std::string::npos;
        fields.push_back(
            {std::string(keyword), secret(value), static_cast<std::uint32_t>(pair - begin) + 1});
        wipe(value);
        if (swallowed)
            return fail_at(pair,
                           which + " has a blank after '=' and so takes the next pair as its "
                                   "value",
                           "write an empty value as '', and a value that contains '=' in "
                           "single quotes");
    }
    return fields;
}

} // namespace headspace::config
