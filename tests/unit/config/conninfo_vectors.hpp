// What comes out of what people configure: the table of the specification, vector by vector. A
// number with a letter is one of several inputs of a vector.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace headspace::config {

using pairs = std::vector<std::pair<std::string, std::string>>;

struct test_vector {
    std::string name;
    std::string toml;   // "" : no file
    pairs variables;    // of the process environment
    std::string masked; // "" : refused
    std::string says;   // a part of the message, when refused; of a warning, when not
    std::optional<std::string> password; // in force; "" : none; nothing: not looked at
    std::vector<std::string> never = {}; // pieces of secrets that no message may hold
    /// What to give to libpq, where its reading of that is ours too; "": it differs.
    std::string libpq = {};
    pairs credentials = {};
    bool test = false;
    bool service = true;
};

[[nodiscard]] const std::vector<test_vector>& test_vectors();

/// The variable DATABASE_URL of a vector, or "".
[[nodiscard]] std::string url_of(const test_vector& vector);

} // namespace headspace::config
