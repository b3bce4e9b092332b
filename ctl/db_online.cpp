// The verbs of `db` that ask the daemon.
#include "ctl/commands.hpp"
#include "ctl/context.hpp"

#include <CLI/CLI.hpp>

namespace headspace::ctl {

void register_db_online(CLI::App&, context&) {}

} // namespace headspace::ctl
