// What `top` shows, from two answers of GET /v1/status: lines that fit a screen. Pure.
#pragma once

#include "base/time.hpp"
#include "ctl/render.hpp"
#include "ctl/screen.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <vector>

namespace headspace::ctl {

struct top_sample {
    time_point at;
    boost::json::value status;
};

struct top_facts {
    std::optional<top_sample> before; // what rates are computed from
    std::optional<top_sample> now;    // the last answer
    /// Since when there is none, and why; `now` is then as old as that.
    std::optional<time_point> unreachable_since;
    std::string unreachable_why;
    time_point at;
    std::optional<duration> interval; // nothing: one picture, after which nobody looks again
};

/// At most size.height lines of at most size.width places, colours not counted; what finds no room
/// is left out and said so.
[[nodiscard]] std::vector<std::string> top_lines(const top_facts& facts, screen_size size,
                                                 const style& look);

} // namespace headspace::ctl
