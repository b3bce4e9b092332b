// The JSON shapes of migrations in the admin protocol, in one place: a line of an operation's
// NDJSON stream and the body of GET /v1/migrations.
#pragma once

#include "migrate/progress.hpp"
#include "migrate/status.hpp"

#include <boost/json/object.hpp>

namespace headspace::migrate {

/// {"event":"planned","steps":[{"action","revision","parents","message","statements",
///  "transaction","plan"?:[{"line","statement","lock","warning"?}],"diff"?,"checksum"?
///  (repair)}],"directory","heads":["revision"],"forget"?:["revision"],"dry_run"?:true}; the plan
///  of each statement with a dry run
/// {"event":"warning","text":"..."}
/// {"event":"waiting_for_lock","text":"...","elapsed_ms":0,
///  "blocker":{"pid","application_name","client_addr","user","since","kind","query"}}
/// {"event":"started","action":"upgrade","revision","parents","message","step":1,"steps":3}
/// {"event":"statement", ... as started ..., "statement":2,"statements":5,"elapsed_ms":1200}
/// {"event":"progress", ... as statement ..., "doing"?:"index build","phase"?,"percent"?:42}
/// {"event":"applied"|"reverted"|"stamped"|"repaired", ... as started ..., "duration_ms":12}
/// {"event":"failed","text":"..."}; the problem itself stands in the operation's `end` line.
boost::json::object to_json(const progress& p);

/// {"state","directory","current":[],"heads":[],"pending":[{"revision","parents","message",
///  "destructive"}],"history":[{"revision","parents","message","state","applied_at","duration_ms",
///  "applied_by","file"}],"warnings":[],"reason"?,"code"?: why state is refused or unknown}
boost::json::object to_json(const migration_status& status);

} // namespace headspace::migrate
