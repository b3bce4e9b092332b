// Small pure helpers over strings that more than one module needs.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headspace {

[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);
[[nodiscard]] bool is_utf8(std::string_view text);

/// The candidate nearest to `word` (Damerau-Levenshtein at most the larger of 2 and a third of its
/// length), or "".
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> candidates);

} // namespace headspace
