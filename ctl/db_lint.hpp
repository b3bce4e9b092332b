// `db lint`, and the same warnings before an upgrade.
#pragma once

#include <boost/json/fwd.hpp>

namespace CLI {
class App;
}

namespace headspace::ctl {

struct context;

void register_db_lint(CLI::App& db, context& ctx);

/// A few lines on `err` about the files of the revisions that an upgrade's `planned` event names,
/// where the daemon's directory is visible here. Whatever stands in the way of saying them (no
/// linter, unreadable files) is none of its business: the upgrade itself will tell.
void warn_of_plan(context& ctx, const boost::json::value& planned);

} // namespace headspace::ctl
