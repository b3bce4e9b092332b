// Text that goes into SQL, and text that came out of it: quoting, and blanking what must not be
// seen. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace headspace::migrate {

/// A string literal that means the same with standard_conforming_strings on and off.
std::string quote_literal(std::string_view text);

/// Always quoted: "name".
std::string quote_identifier(std::string_view name);

/// ARRAY['a','b']::text[].
std::string quote_array(std::span<const std::string> values);

/// Replaces by *** the literal after the word PASSWORD, `password=` in connection strings, and the
/// password of URLs. Used on whatever a server says about a statement of a migration.
std::string blank_passwords(std::string_view text);

/// The first line of `text`, shortened to `limit` bytes on a character boundary.
std::string first_line(std::string_view text, std::size_t limit);

} // namespace headspace::migrate
