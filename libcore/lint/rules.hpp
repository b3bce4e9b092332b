// The rules: a table of rows, each with its name, how bad it is, when it holds, and what to say.
// Names are squawk's where squawk has the rule. Pure.
#pragma once

#include "lint/fact.hpp"
#include "lint/lint.hpp"
#include "lint/situation.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace headspace::lint {

struct rule {
    enum class half : std::uint8_t {
        up,   // a down is run to get out of trouble: locks and losses are its price
        both, // what fails or is wrong in either direction
    };
    std::string_view name;
    severity level = severity::warning;
    half where = half::up;
    bool on_request = false; // only with --enable
    bool once = false;       // the first of a half is enough
    bool (*holds)(const fact& f, const situation& s) = nullptr;
    std::string_view why;
    std::string_view remedy;
};

[[nodiscard]] std::span<const rule> lock_rules();
[[nodiscard]] std::span<const rule> breaking_rules();
[[nodiscard]] std::span<const rule> correctness_rules();
[[nodiscard]] std::span<const rule> style_rules();

/// All of them, in this order.
[[nodiscard]] const std::vector<const rule*>& rules();

// Names of findings that no rule makes.
inline constexpr std::string_view syntax_error = "syntax-error";
inline constexpr std::string_view parser_failed = "parser-failed";
inline constexpr std::string_view not_checked = "not-checked";

} // namespace headspace::lint
