// The formats of migration directories: which there are, and what reading one of another tool
// yields. Pure: names and bytes in, scripts of the same model as our own format out.
#pragma once

#include "base/error.hpp"
#include "revisions/script.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::revisions {

/// `migrations.format`.
enum class directory_format : std::uint8_t {
    automatic, // "auto": what the directory holds says which
    native,
    dbmate,
    golang_migrate,
    goose,
    flyway,
    diesel, // Hasura's too
};

/// "auto", "native", "dbmate", "golang-migrate", "goose", "flyway", "diesel".
[[nodiscard]] std::string_view to_string(directory_format f) noexcept;
/// Nothing when there is no such format.
[[nodiscard]] std::optional<directory_format> parse_format(std::string_view text);

/// A file of a directory. Readers look at the path first: bytes are there only where `is_text()`.
struct foreign_file {
    std::string path; // from the migrations directory, with '/'
    std::string bytes;

    [[nodiscard]] std::string_view name() const; // without folders
    [[nodiscard]] std::string_view folder() const;
};

/// Whether some format reads what is in a file of this name.
[[nodiscard]] bool is_text(std::string_view path);

struct foreign_reading {
    std::vector<script> scripts;
    /// Flyway's R: each time their text has changed they are applied again, after all others. Their
    /// revisions are "R__" and the description; in the order of application.
    std::vector<script> repeatables;
    /// Flyway's B, of the newest version, where versioned files that it replaces are there too: on
    /// a database without any revision it is applied in place of `baseline_for` and all before it.
    /// Where nothing that it replaces is left, it is one of `scripts`.
    std::optional<script> baseline;
    std::string baseline_for;
    std::string baseline_version; // "": there is none
    std::vector<error> problems;
    std::vector<std::string> notes; // what is in the directory and will not be done
};

/// Whether a revision is one of foreign_reading::repeatables, and not part of the graph.
[[nodiscard]] bool is_repeatable(std::string_view revision);

/// Reads the files as those of `format`, which is one of the foreign ones.
[[nodiscard]] foreign_reading read_foreign(directory_format format,
                                           const std::vector<foreign_file>& files);

foreign_reading read_dbmate(const std::vector<foreign_file>& files);
foreign_reading read_golang_migrate(const std::vector<foreign_file>& files);
foreign_reading read_goose(const std::vector<foreign_file>& files);
foreign_reading read_flyway(const std::vector<foreign_file>& files);
foreign_reading read_diesel(const std::vector<foreign_file>& files);

} // namespace headspace::revisions
