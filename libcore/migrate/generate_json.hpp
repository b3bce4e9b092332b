// The JSON of POST /v1/migrations/generate: its body, its events, its outcome. Pure.
#pragma once

#include "migrate/generate.hpp"

#include <boost/json/object.hpp>

namespace headspace::migrate {

/// {"migrations":[{"file","up","line"?,"transaction"?}],"schema":[{"file","text"}],
///  "renames":[{"from","to"}],"online":false,"strict":false,"pull":false,
///  "model":{"url","user"}}: "user" is who is meant where the URL names none.
/// Errors: bad_request; config_invalid for the URL, which is never repeated.
result<generate_request> read_generate_request(const boost::json::object& body);

/// {"event":"loading"|"comparing"|"proving","text":"...","done":3,"all":10}
boost::json::object to_json(const generate_progress& p);

/// {"revisions":[{"up","down","up_transaction","down_transaction"}],"detected":[],"hints":[],
///  "notes":[],"unmodelled":[],"schema":[{"file","text"}],"seeded_rows":0}
boost::json::object to_json(const generated& g);

} // namespace headspace::migrate
