// One line of `headspacectl doctor`: what was looked at, how it is, and what to do. Made by the
// daemon's probe and by headspacectl itself.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace headspace::problems {

enum class verdict {
    ok,
    skipped, // could not be looked at because of what stands above it
    warn,
    fail
};

struct finding {
    std::string name; // "dns", "rights": what was looked at; several may have the same
    verdict how = verdict::ok;
    std::string text;
    std::string remedy = {}; // commands or keys; also beside ok, for what is optional
    std::string sqlstate = {};
};

[[nodiscard]] constexpr std::string_view to_string(verdict how) noexcept {
    switch (how) {
    case verdict::ok:
        return "ok";
    case verdict::skipped:
        return "skipped";
    case verdict::warn:
        return "warn";
    case verdict::fail:
        return "fail";
    }
    return "fail";
}

/// The worst of them; ok for none.
[[nodiscard]] inline verdict worst_of(std::span<const finding> all) {
    verdict worst = verdict::ok;
    for (const finding& one : all)
        worst = std::max(worst, one.how);
    return worst;
}

} // namespace headspace::problems
