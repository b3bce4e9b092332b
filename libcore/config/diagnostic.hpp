// What is wrong with the configuration and where: one value for each finding, so that all of them
// are shown at once. Never holds the value of a secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace headspace::config {

struct diagnostic {
    std::string file;         // or what else it came from: "DATABASE_PORT (process environment)"
    std::uint32_t line = 0;   // from 1; 0: the source has no lines
    std::uint32_t column = 0; // from 1
    std::string message;      // begins with the key, where there is one: "[database].port ..."

    /// `file:line:column: message`, or `file: message`.
    [[nodiscard]] std::string text() const {
        std::string out = file;
        if (line != 0)
            out += ":" + std::to_string(line) + ":" + std::to_string(column);
        return out.empty() ? message : out + ": " + message;
    }
    friend bool operator<(const diagnostic& a, const diagnostic& b) {
        return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    }
};

} // namespace headspace::config
