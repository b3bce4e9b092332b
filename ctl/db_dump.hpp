// The verb `db dump`.
#pragma once

namespace CLI {
class App;
}

namespace headspace::ctl {

struct context;

void register_db_dump(CLI::App& db, context& ctx);

} // namespace headspace::ctl
