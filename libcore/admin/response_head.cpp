#include "admin/response_head.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace headspace::admin {

namespace {

void append_number(std::string& out, std::size_t number, int base = 10) {
    std::array<char, 20> digits{};
    const auto [end, ec] =
        std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
    out.append(digits.data(), end);
}

bool is_field_value(std::string_view value) {
    return std::none_of(value.begin(), value.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

} // namespace

void append_head(std::string& out, const response& answer, framing how, bool keep_alive,
                 std::string_view date) {
    const auto status = boost::beast::http::int_to_status(static_cast<unsigned>(answer.status));
    const auto reason = boost::beast::http::obsolete_reason(status);
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(answer.status));
    out += ' ';
    out.append(reason.data(), reason.size());
    out += "\r\nDate: ";
    out += date;
    out += "\r\nCache-Control: no-store";
    if (answer.status != 204) {
        out += "\r\nContent-Type: ";
        out += answer.content_type;
    }
    if (how == framing::chunked) {
        out += "\r\nTransfer-Encoding: chunked";
    } else if (how == framing::length && answer.status != 204) {
        out += "\r\nContent-Length: ";
        append_number(out, answer.body.size());
    }
    if (!keep_alive)
        out += "\r\nConnection: close";
    for (const auto& [name, value] : answer.headers) {
        if (!is_field_value(value))
            continue;
        out += "\r\n";
        out += name;
        out += ": ";
        out += value;
    }
    out += "\r\n\r\n";
}

void append_line(std::string& out, std::string_view line, bool chunked) {
    if (chunked) {
        append_number(out, line.size() + 1, 16);
        out += "\r\n";
    }
    out += line;
    out += chunked ? "\n\r\n" : "\n";
}

} // namespace headspace::admin
