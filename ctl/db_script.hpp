// `upgrade --sql` and `downgrade --sql`: the script for a DBA's psql, written from the files here.
#pragma once

#include <string>

namespace headspace::ctl {

struct context;

/// Prints the script. `target` is "A:B" (either may be empty: base and head of an upgrade), which
/// needs no daemon, or a target as without --sql, which starts from what the daemon's ledger says.
void print_script(context& ctx, bool down, const std::string& target);

} // namespace headspace::ctl
