// A connection string taken apart, for people and as JSON. Pure.
#pragma once

#include "config/explain_url.hpp"
#include "ctl/render.hpp"

#include <string>

namespace headspace::ctl {

[[nodiscard]] std::string render_url(const config::url_explanation& url, const style& look);
[[nodiscard]] boost::json::value url_json(const config::url_explanation& url);

} // namespace headspace::ctl
