// A migration of another tool, told in our own format: the text that `db import` writes, the ledger
// keeps and the checksum is of, so that an imported directory goes on where the old one was used.
// Pure; private to the readers.
#pragma once

#include "base/error.hpp"
#include "revisions/formats/format.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::revisions {

struct foreign_half {
    std::string path; // of its file, from the migrations directory
    std::string text; // normalised(); only SQL
    /// What the format says about the transaction. Nothing: a half with a statement that cannot run
    /// in one is transaction:false.
    std::optional<bool> transaction;
    /// Its statements with the lines of the file, where they are known already.
    std::optional<std::vector<statement>> statements;
};

struct foreign_revision {
    std::string revision;
    std::string description;
    foreign_half up;
    std::optional<foreign_half> down;
};

/// Errors: malformed_file with the true file and line.
result<script> to_script(foreign_revision from);

/// The half of one whole file. Errors: malformed_file, not UTF-8.
result<foreign_half> whole_file(const foreign_file& file);

/// duplicate_revision: `file` has the version of `other`.
[[nodiscard]] error same_version_twice(const std::string& file, const std::string& other,
                                       const std::string& version);

/// `key = value` lines with # comments, as small configuration files have them; quotes around a
/// value go. Errors: malformed_file.
struct key_value {
    std::string key;
    std::string value;
    std::uint32_t line = 1;
};
result<std::vector<key_value>> read_key_values(const foreign_file& file);
/// "true" or "false". Errors: malformed_file.
result<bool> read_bool(const key_value& setting, const std::string& file);

} // namespace headspace::revisions
