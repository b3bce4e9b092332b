// status and version.
#include "base/version.hpp"
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/render.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

namespace headspace::ctl {

namespace {

void status(context& ctx) {
    const auto answer = ctx.ask("GET", "/v1/status");
    if (!answer)
        return ctx.fail(answer.error());
    ctx.show(*answer, render_status(*answer, ctx.look()));
    if (text_of(*answer, "status") != "healthy")
        ctx.exit = problems::exit_no;
}

/// Our own version is told even when nobody answers.
void show_version(context& ctx) {
    const auto answer = ctx.ask("GET", "/v1/version");
    const boost::json::value both{{"headspacectl", version},
                                  {"headspaced", answer ? *answer : boost::json::value()}};
    ctx.show(both, render_version(both, ctx.look()));
    if (!answer)
        ctx.fail(answer.error());
}

} // namespace

void register_status(CLI::App& app, context& ctx) {
    app.add_subcommand("status", "The daemon, its database, pool and migrations at a glance")
        ->callback([&ctx] { status(ctx); });
    app.add_subcommand("version", "Versions of headspacectl, the daemon and the server")
        ->callback([&ctx] { show_version(ctx); });
}

} // namespace headspace::ctl
