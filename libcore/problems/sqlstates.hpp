// Which SQLSTATEs heal by themselves and which need a person. Pure; explanations.hpp has the words.
#pragma once

#include "base/error.hpp"

#include <span>
#include <string_view>

namespace headspace::problems {

/// `retry` heals by itself; `unavailable` needs a person. For SQLSTATEs of failed logins.
[[nodiscard]] error_class classify_connect(std::string_view sqlstate);
/// `retry` for 40001, 40P01 and 55P03, else `refuse`: the statement as it is will not work.
[[nodiscard]] error_class classify_query(std::string_view sqlstate);
/// True for what ends the server's side of a connection: 57P01, 57P02, 57P03, 57P05, 25P03, 08*.
[[nodiscard]] bool ends_session(std::string_view sqlstate);

/// Every SQLSTATE, or beginning of several, that one of the three decides by.
[[nodiscard]] std::span<const std::string_view> classified_states() noexcept;

} // namespace headspace::problems
