// The JSON of POST /v1/migrations/check: what is sent, what is told and what comes back. Pure.
#pragma once

#include "migrate/check.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace headspace::migrate {

/// {"revisions":[{"revision","parents":[],"message","file","checksum","up":{"text","line",
///  "transaction"},"down"?:{...}}],"drift"?,"roundtrip"?,"strict"?}. Errors: bad_request.
result<check_request> read_check_request(const boost::json::object& body);

/// {"findings":[{"kind","text","revision","file","diff"?}],"notes":[],"unmodelled":[]};
/// `incomplete` is the caller's.
[[nodiscard]] boost::json::object to_json(const check_report& report);

} // namespace headspace::migrate
