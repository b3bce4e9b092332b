// The group `db`. Which directory its verbs mean is theirs to find out from context::options.
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/db_generate.hpp"

#include <CLI/CLI.hpp>

namespace headspace::ctl {

void register_db(CLI::App& app, context& ctx) {
    CLI::App* db = app.add_subcommand("db", "Migrations");
    db->require_subcommand(1);
    db->add_option(
          "-d,--directory", ctx.options.directory,
          "The migrations directory (default: HEADSPACE_MIGRATIONS, the daemon's, ./migrations)")
        ->type_name("DIR");
    register_db_offline(*db, ctx);
    register_db_online(*db, ctx);
    register_db_generate(*db, ctx);
    register_db_pull(*db, ctx);
}

} // namespace headspace::ctl
