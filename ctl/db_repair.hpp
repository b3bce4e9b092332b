// The verb `db repair`: the ledger takes over what a person has looked at.
#pragma once

namespace CLI {
class App;
}

namespace headspace::ctl {

struct context;

void register_db_repair(CLI::App& db, context& ctx);

} // namespace headspace::ctl
