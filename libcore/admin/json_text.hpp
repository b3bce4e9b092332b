// JSON as people read it in a terminal: 0.35 where Boost.JSON writes 3.5E-1. Pure.
#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace headspace::admin {

/// One line without blanks. A number that JSON cannot express (NaN, infinity) becomes null.
[[nodiscard]] std::string json_text(const boost::json::value& value);

} // namespace headspace::admin
