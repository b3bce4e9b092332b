// One TOML file: from text to settings, or to everything that is wrong with it. Knows nothing of
// the other sources (combine.hpp) and opens no file.
#pragma once

#include "config/diagnostic.hpp"
#include "config/settings.hpp"

#include <map>
#include <span>
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
    bool others_may_read = false;          // set by whoever read the file

    [[nodiscard]] bool has(std::string_view key) const { return given.contains(std::string(key)); }
};

/// A key that an older version had: it warns for one release instead of being an error.
struct removed_key {
    std::string_view key;    // "database.pool_max_overflow"
    std::string_view advice; // what to do instead
};

/// Those of this version.
[[nodiscard]] std::span<const removed_key> removed_keys();

/// Every finding at once: syntax, unknown keys (with the nearest known one), wrong types, values
/// out of their range. `path` is what the diagnostics call the file.
[[nodiscard]] file_settings load_toml(std::string_view text, std::string path,
                                      std::span<const removed_key> removed = removed_keys());

} // namespace headspace::config
