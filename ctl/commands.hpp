// Each group of commands puts itself into the command line. A command's callback does its work and
// sets context::exit; it never exits the process.
#pragma once

namespace CLI {
class App;
}

namespace headspace::ctl {

struct context;

/// All of them, with their options and examples. What settles the global options is run()'s.
void register_commands(CLI::App& app, context& ctx);
/// The examples of each command's --help, from one table; a test fails on a command without any.
void add_examples(CLI::App& app);

void register_health(CLI::App& app, context& ctx); // ping, health
void register_status(CLI::App& app, context& ctx); // status, version
void register_wait(CLI::App& app, context& ctx);
void register_pool(CLI::App& app, context& ctx);
void register_config(CLI::App& app, context& ctx); // config, reload, log-level
void register_explain(CLI::App& app, context& ctx);
void register_explain_url(CLI::App& app, context& ctx);
void register_doctor(CLI::App& app, context& ctx);
void register_metrics(CLI::App& app, context& ctx);
void register_events(CLI::App& app, context& ctx);
void register_top(CLI::App& app, context& ctx);
void register_db(CLI::App& app, context& ctx); // the group; its verbs come from the next two

/// Verbs that need no daemon: init, revision, heads, history, show, hash, ...
void register_db_offline(CLI::App& db, context& ctx);
/// Verbs that ask the daemon: upgrade, downgrade, current, stamp, status, ...
void register_db_online(CLI::App& db, context& ctx);

} // namespace headspace::ctl
