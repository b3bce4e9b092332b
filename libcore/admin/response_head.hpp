// The bytes before an answer's body. Pure.
#pragma once

#include "admin/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace headspace::admin {

enum class framing : std::uint8_t {
    length,  // Content-Length
    chunked, // a stream
    close,   // a stream to an HTTP/1.0 client: it ends with the connection
};

/// Appends status line and header. `date` as in RFC 9110 section 5.6.7. A header value with a
/// control character is left out.
void append_head(std::string& out, const response& answer, framing how, bool keep_alive,
                 std::string_view date);

/// One line as a chunk (or as it is when not `chunked`), newline included.
void append_line(std::string& out, std::string_view line, bool chunked);

} // namespace headspace::admin
