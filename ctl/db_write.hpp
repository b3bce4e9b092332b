// The verbs of `db` that write files: init, revision, merge, hash.
#pragma once

namespace CLI {
class App;
}

namespace headspace::ctl {

struct context;

void register_db_write(CLI::App& db, context& ctx);
void register_db_import(CLI::App& db, context& ctx);

} // namespace headspace::ctl
