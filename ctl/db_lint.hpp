// `db lint`, and the same warnings before an upgrade.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace headspace::ctl {

struct context;

void register_db_lint(CLI::App& db, context& ctx);

/// A few lines on `err` about the pending files on the way to `target`, where the daemon's
/// directory is visible here. Whatever stands in the way of saying them (no linter, no daemon,
/// unreadable files) is none of its business: the upgrade itself will tell.
void warn_of_pending(context& ctx, const std::string& target);

} // namespace headspace::ctl
