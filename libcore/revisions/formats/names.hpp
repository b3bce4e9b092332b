// File names as the other tools read them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headspace::revisions {

enum class pair_side : std::uint8_t { up, down };

/// golang-migrate: ^([0-9]+)_(.*)\.(down|up)\.(.*)$ (source/parse.go).
struct pair_name {
    std::string version;
    std::string description;
    pair_side side = pair_side::up;
};
[[nodiscard]] std::optional<pair_name> golang_migrate_name(std::string_view name);

/// goose: digits, "_", anything, ".sql" or ".go"; Go's tests are none.
struct goose_file_name {
    std::string version;
    std::string description;
    bool is_go = false;
};
[[nodiscard]] std::optional<goose_file_name> goose_name(std::string_view name);

/// dbmate: ^(\d+).*\.sql$; the version is all digits at the beginning.
[[nodiscard]] std::optional<std::string> dbmate_version(std::string_view name);

/// Flyway: prefix, version or nothing, "__", description, ".sql". With `_` for `.` in versions.
struct flyway_file_name {
    char prefix = 'V'; // V, U, B, R
    std::string version;
    std::string description; // with blanks for `_`
};
/// Nothing: no migration (a callback, for instance). `wrong` says why where one was meant.
[[nodiscard]] std::optional<flyway_file_name> flyway_name(std::string_view name,
                                                          std::string* wrong = nullptr);

/// diesel, Hasura: a folder's name before the first "_", without "-"; what follows describes it.
struct folder_name {
    std::string version;
    std::string description;
};
[[nodiscard]] std::optional<folder_name> diesel_name(std::string_view folder);

/// '_' becomes a blank; trimmed.
[[nodiscard]] std::string words_of_name(std::string_view text);

} // namespace headspace::revisions
