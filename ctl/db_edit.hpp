// The verb `db edit`.
#pragma once

namespace CLI {
class App;
}

namespace headspace::ctl {

struct context;

void register_db_edit(CLI::App& db, context& ctx);

} // namespace headspace::ctl
