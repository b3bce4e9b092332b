// From TOML text to a toml++ table, with all syntax errors and not only the first; private to
// load.cpp.
#pragma once

#include "config/diagnostic.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace headspace::config {

/// Whether a value under this key must not be repeated in a message.
[[nodiscard]] bool is_secret_name(std::string_view key);

/// The text with every line that toml++ refused left empty, so that what remains can be read. It
/// ends before a line that breaks the structure (a table header, an open list).
struct readable_text {
    std::string text;
    std::vector<diagnostic> errors;
};

[[nodiscard]] readable_text drop_unreadable_lines(std::string_view text, const std::string& path);

} // namespace headspace::config
