// The verbs of `db` that need no daemon.
#include "ctl/commands.hpp"
#include "ctl/context.hpp"

#include <CLI/CLI.hpp>

namespace headspace::ctl {

void register_db_offline(CLI::App&, context&) {}

} // namespace headspace::ctl
