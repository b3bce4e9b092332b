// Members of a request's body, each with the error that names it.
#pragma once

#include "base/error.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace headspace::migrate {

/// bad_request.
[[nodiscard]] error wrong_body(const std::string& what);

/// Errors: bad_request for one that is missing or of another type.
[[nodiscard]] result<std::string> string_member(const boost::json::object& from,
                                                std::string_view name);
/// The same; `otherwise` for one that is missing.
[[nodiscard]] result<bool> bool_member(const boost::json::object& from, std::string_view name,
                                       bool otherwise);

} // namespace headspace::migrate
