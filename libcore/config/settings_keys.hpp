// The TOML keys as data: which member of `settings` each one is, and which values it takes.
// Loading, printing and comparing all walk this table, so that a key cannot be known to one and not
// to the others. Pure.
#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace headspace::config {

using setting_pointer =
    std::variant<std::string*, secret*, bool*, std::uint16_t*, std::uint32_t*, duration*,
                 std::vector<std::string>*, connection_profile*, reset_policy*>;

enum class key_kind : std::uint8_t {
    plain,
    secret_text, // shown as ***
    url,         // holds a password as it is written; shown masked
    octal,       // a file mode, in TOML a string
};

struct key_rule {
    std::string_view table;
    std::string_view name;
    setting_pointer (*member)(settings&);
    key_kind kind = key_kind::plain;
    bool needs_restart = false;
    /// Of numbers; of durations in nanoseconds.
    std::int64_t least = 0;
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    std::span<const std::string_view> choices = {};

    /// "database.port"
    [[nodiscard]] std::string dotted() const;
    /// "[database].port", as diagnostics name it
    [[nodiscard]] std::string bracketed() const;
};

/// In the order of settings.hpp.
[[nodiscard]] std::span<const key_rule> all_keys();
/// Nothing when there is no such key.
[[nodiscard]] const key_rule* find_key(std::string_view table, std::string_view name);
[[nodiscard]] const key_rule* find_key(std::string_view dotted);

/// The value as a person reads it: "30s", "10", "true", "0660"; a list as in TOML; a
/// secret is "***" or "".
[[nodiscard]] std::string format_setting(const key_rule& key, const settings& values);
/// Whether it is a string in TOML.
[[nodiscard]] bool is_quoted_setting(const key_rule& key);

/// Sets the member of `to` to what it is in `from`.
void copy_setting(const key_rule& key, const settings& from, settings& to);

/// With quotes around it, as TOML writes a string.
[[nodiscard]] std::string quote_toml(std::string_view text);

/// Nothing, or what is wrong with a number, duration or text for this key ("must be ...").
[[nodiscard]] std::string check_setting(const key_rule& key, std::int64_t value);
[[nodiscard]] std::string check_setting(const key_rule& key, std::string_view value);

[[nodiscard]] std::string_view to_string(connection_profile profile);
[[nodiscard]] std::string_view to_string(reset_policy policy);
[[nodiscard]] connection_profile profile_from(std::string_view text); // precondition: a choice
[[nodiscard]] reset_policy reset_from(std::string_view text);         // precondition: a choice

} // namespace headspace::config
