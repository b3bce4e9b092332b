#include "admin/json_text.hpp"

#include <boost/json.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace headspace::admin {

namespace json = boost::json;

namespace {

template<class Number>
void append_number(std::string& out, Number number) {
    std::array<char, 32> digits{};
    const auto [end, ec] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

/// RFC 8259 section 7: only quotes, backslashes and control characters must be escaped.
void append_string(std::string& out, std::string_view text) {
    static constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (c == '\t')
            out += "\\t";
        else if (byte < 0x20)
            ((out += "\\u00") += hex[byte >> 4U]) += hex[byte & 15U];
        else
            out += c;
    }
    out += '"';
}

void append(std::string& out, const json::value& value) {
    switch (value.kind()) {
    case json::kind::null:
        out += "null";
        break;
    case json::kind::bool_:
        out += value.get_bool() ? "true" : "false";
        break;
    case json::kind::int64:
        append_number(out, value.get_int64());
        break;
    case json::kind::uint64:
        append_number(out, value.get_uint64());
        break;
    case json::kind::double_:
        if (std::isfinite(value.get_double()))
            append_number(out, value.get_double());
        else
            out += "null";
        break;
    case json::kind::string:
        append_string(out, value.get_string());
        break;
    case json::kind::array: {
        out += '[';
        std::string_view comma;
        for (const json::value& one : value.get_array()) {
            out += comma;
            append(out, one);
            comma = ",";
        }
        out += ']';
        break;
    }
    case json::kind::object: {
        out += '{';
        std::string_view comma;
        for (const auto& one : value.get_object()) {
            out += comma;
            append_string(out, one.key());
            out += ':';
            append(out, one.value());
            comma = ",";
        }
        out += '}';
        break;
    }
    }
}

} // namespace

std::string json_text(const json::value& value) {
    std::string out;
    append(out, value);
    return out;
}

} // namespace headspace::admin
