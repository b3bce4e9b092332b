// Which statements may go to the server in one message. In a scratch database thousands of small
// ones run, and most of their time is the way there and back. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace headspace::migrate {

/// How many of the first statements go together, at least 1 (0 of none). Only what surely means
/// the same there: the server reads the whole message before it runs any of it, so a setting that
/// changes how literals are read has to come in a message of its own.
[[nodiscard]] std::size_t batch_length(std::span<const std::string_view> statements);

/// The first `count` statements as one message. Each may end with a comment.
[[nodiscard]] std::string batch_text(std::span<const std::string_view> statements,
                                     std::size_t count);

} // namespace headspace::migrate
