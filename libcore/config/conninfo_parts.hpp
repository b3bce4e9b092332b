// The steps between a connection string and a conninfo; private to config. A string becomes a list
// of fields (one parser for URIs, one for key/value), and those become a conninfo. Pure.
#pragma once

#include "base/error.hpp"
#include "base/secret.hpp"
#include "config/conninfo.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::config {

/// One keyword and its decoded value, in the order of the string; the last of two equal ones
/// counts. Any value may be a secret, or a piece of one that ended up in the wrong place.
struct conninfo_field {
    std::string keyword;
    secret value;
    std::uint32_t position = 0; // of its first character in the string, from 1; 0 unknown
};

using conninfo_fields = std::vector<conninfo_field>;

/// `text` begins after "scheme://". Positions, also those of errors, are counted in `text`.
result<conninfo_fields> parse_conninfo_uri(std::string_view text, std::string_view label);
result<conninfo_fields> parse_conninfo_keyvalue(std::string_view text, std::string_view label);

/// Maps the parameters of other drivers, checks every value's domain and splits host lists.
result<parsed_conninfo> assemble_conninfo(const conninfo_fields& fields, std::string_view label);

enum class domain { text, number, flag, choice };

/// What libpq 15 understands besides the fields of conninfo itself.
struct parameter_rule {
    std::string_view keyword;
    domain values = domain::text;
    std::span<const std::string_view> choices = {};
};

[[nodiscard]] const parameter_rule* find_parameter(std::string_view keyword);

/// A parameter of another driver or pooler that has a libpq meaning: its keyword and value here, ""
/// for a value that means nothing. `keyword` itself is "" when the parameter is not known.
struct mapped_parameter {
    std::string keyword;
    std::string value;
};
[[nodiscard]] mapped_parameter map_foreign_parameter(std::string_view keyword,
                                                     std::string_view value);

/// Known to some other driver and meaningless here: dropped with a warning.
[[nodiscard]] bool is_ignored_parameter(std::string_view keyword);

/// The libpq version that brought a parameter which libpq 15 refuses; 0 for all others.
[[nodiscard]] int parameter_needs_libpq(std::string_view keyword);

/// Every keyword that may be meant by a misspelt one.
[[nodiscard]] std::vector<std::string_view> all_conninfo_keywords();

/// "one of a, b, c"
[[nodiscard]] std::string one_of(std::span<const std::string_view> choices);

/// Nothing, or what is wrong with `value` for this parameter; never repeats the value.
[[nodiscard]] std::string check_parameter(const parameter_rule& rule, std::string_view value);

/// Nothing, or what is wrong with a decoded host name, address or socket directory.
[[nodiscard]] std::string check_host(std::string_view host);

/// 1..65535, else 0.
[[nodiscard]] std::uint16_t parse_port(std::string_view text);

[[nodiscard]] error conninfo_error(std::string_view label, std::string message,
                                   std::string hint = {});

inline constexpr std::string_view encode_hint =
    "percent-encode the special characters of the password ('@' is %40, '/' is %2F, '%' is %25, "
    "':' "
    "is %3A), or move it to DATABASE_PASSWORD, where no encoding is needed";
inline constexpr std::string_view bracket_hint =
    "write an IPv6 address in brackets: postgresql://user@[::1]:5432/database";

} // namespace headspace::config
