// A field that a server wrote as a number.
#pragma once

#include <charconv>
#include <string_view>

namespace headspace {

/// The integer that `text` begins with, 0 when it begins with none: for columns that our own query
/// made integers, where NULL and 0 are the same. What a person wrote is parsed with an error.
template<class Number>
[[nodiscard]] Number number_in(std::string_view text) {
    Number value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

} // namespace headspace
