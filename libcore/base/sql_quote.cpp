#include "base/sql_quote.hpp"

namespace headspace {

std::string quote_literal(std::string_view text) {
    const bool escapes = text.find('\\') != std::string_view::npos;
    std::string out = escapes ? "E'" : "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\')
            out += c;
        out += c;
    }
    return out + "'";
}

std::string quote_identifier(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"')
            out += c;
        out += c;
    }
    return out + "\"";
}

std::string quote_array(std::span<const std::string> values) {
    std::string out = "ARRAY[";
    for (std::size_t i = 0; i < values.size(); ++i)
        out += (i == 0 ? "" : ",") + quote_literal(values[i]);
    return out + "]::text[]";
}

} // namespace headspace
