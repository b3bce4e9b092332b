// Scripts from strings, and what the linter says of them.
#pragma once

#include "lint/lint.hpp"
#include "revisions/script.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace headspace::lint::testing {

inline revisions::script script_of(const std::string& text,
                                   const std::string& file = "20261121100000_x.sql") {
    auto read = revisions::parse_script(file, text);
    if (!read) {
        ADD_FAILURE() << read.error().text() << "\n" << text;
        return {};
    }
    return std::move(*read);
}

inline std::vector<finding> findings_of(const revisions::script& s, const options& how = {}) {
    const input only{&s};
    auto found = check({&only, 1}, how);
    if (!found) {
        ADD_FAILURE() << found.error().text();
        return {};
    }
    return std::move(*found);
}

inline std::vector<std::string> names_of(const std::vector<finding>& findings) {
    std::vector<std::string> names;
    for (const finding& f : findings)
        names.push_back(f.rule);
    return names;
}

/// The rules that an up of these statements breaks.
inline std::vector<std::string> broken_by(const std::string& sql, const options& how = {},
                                          const std::string& directive = "-- migrate:up") {
    return names_of(findings_of(script_of(directive + "\n" + sql + "\n"), how));
}

} // namespace headspace::lint::testing
