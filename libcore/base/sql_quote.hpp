// Names and values as SQL text. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace headspace {

/// A string literal that means the same with standard_conforming_strings on and off.
[[nodiscard]] std::string quote_literal(std::string_view text);

/// Always quoted: "name".
[[nodiscard]] std::string quote_identifier(std::string_view name);

/// ARRAY['a','b']::text[].
[[nodiscard]] std::string quote_array(std::span<const std::string> values);

} // namespace headspace
