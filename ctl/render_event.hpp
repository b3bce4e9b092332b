// A line of GET /v1/events as a person reads it. Pure.
#pragma once

#include "ctl/render.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace headspace::ctl {

/// "2026-11-21 10:00:00.123Z warning database unavailable: ... (pool_down)".
[[nodiscard]] std::string render_log_event(const boost::json::value& event, const style& look);

/// What a server may have said, without what a terminal would take for orders.
[[nodiscard]] std::string harmless(std::string_view text);

} // namespace headspace::ctl
