// The verb `db check`.
#pragma once

namespace CLI {
class App;
}

namespace headspace::ctl {

struct context;

void register_db_check(CLI::App& db, context& ctx);

} // namespace headspace::ctl
