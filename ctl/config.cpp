// config, reload, log-level.
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/render.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <memory>
#include <ostream>

namespace headspace::ctl {

namespace {

void show_config(context& ctx) {
    const auto answer = ctx.ask("GET", "/v1/config");
    if (!answer)
        return ctx.fail(answer.error());
    ctx.show(*answer, render_config(*answer, ctx.look()));
    if (!ctx.options.json)
        for (const std::string& warning : texts_of(*answer, "warnings"))
            ctx.note("warning: " + warning);
}

void reload(context& ctx) {
    const auto answer = ctx.send({"POST", "/v1/reload", {}, {}});
    if (!answer)
        return ctx.fail(answer.error());
    boost::system::error_code ec;
    const boost::json::value body = boost::json::parse(answer->body, ec);
    if (answer->status >= 300 || ec) {
        ctx.fail(problem_of(*answer));
        if (!ctx.options.json)
            for (const std::string& line : texts_of(body, "diagnostics"))
                ctx.err << line << '\n';
        return;
    }
    ctx.show(body, render_reload(body, ctx.look()));
}

void log_level(context& ctx, const std::string& level) {
    const auto answer = ctx.ask("POST", "/v1/log-level",
                                boost::json::serialize(boost::json::object{{"level", level}}));
    if (!answer)
        return ctx.fail(answer.error());
    ctx.show(*answer, "log level " + text_of(*answer, "level") + " (was " +
                          text_of(*answer, "previous") + ")\n");
}

} // namespace

void register_config(CLI::App& app, context& ctx) {
    app.add_subcommand("config", "Every setting in force and where it comes from")
        ->callback([&ctx] { show_config(ctx); });
    app.add_subcommand("reload", "Read the configuration again; exit 3 when it is refused")
        ->callback([&ctx] { reload(ctx); });
    auto level = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("log-level", "Change the log level until the next reload");
    command->add_option("level", *level, "trace, debug, info, warning or error")
        ->required()
        ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error"}));
    command->callback([&ctx, level] { log_level(ctx, *level); });
}

} // namespace headspace::ctl
