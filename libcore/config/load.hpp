// One TOML file: from text to settings, or to everything that is wrong with it. Knows nothing of
// the other sources (combine.hpp) and opens no file.
#pragma once

#include "config/diagnostic.hpp"
#include "config/settings.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::config {

struct position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

/// A file as it was written, before any other source has its say.
struct file_settings {
    settings values;                       // defaults where the file says nothing
    std::map<std::string, position> given; // "database.port" -> where its value stands
    std::string path;                      // as named by the user; "": there is no file
    std::vector<diagnostic> errors;        // by line; `values` is not to be used when there are any
    std::vector<diagnostic> warnings;      // keys of an older version

    [[nodiscard]] bool has(std::string_view key) const { return given.contains(std::string(key)); }
};

/// Every finding at once: syntax, unknown keys (with the nearest known one), wrong types, values
/// out of their range. `path` is what the diagnostics call the file.
[[nodiscard]] file_settings load_toml(std::string_view text, std::string path);

} // namespace headspace::config
