// explain: what a problem code or a SQLSTATE means and what to do. Needs no daemon.
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/render_explain.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace headspace::ctl {

namespace {

void explain(context& ctx, const std::string& name) {
    if (name.empty()) {
        const auto all = problems::explain_all();
        return ctx.show(explanations_json(all), render_explanations(all, ctx.look()));
    }
    if (const auto found = problems::explain(name))
        return ctx.show(explanation_json(*found), render_explanation(*found, ctx.look()));
    const std::string meant = problems::nearest_explained(name);
    ctx.fail(make_error(errc::usage, error_class::refuse, "nothing is known under \"" + name + "\"",
                        meant.empty() ? "headspacectl explain lists everything that is"
                                      : "did you mean \"" + meant + "\"?"));
}

} // namespace

void register_explain(CLI::App& app, context& ctx) {
    auto name = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand(
        "explain", "What a problem code or a SQLSTATE means, its causes and the fix");
    command->add_option("code", *name, "lock-timeout, 28P01, ...; without it: the list of them")
        ->type_name("CODE|SQLSTATE");
    command->callback([&ctx, name] { explain(ctx, *name); });
}

} // namespace headspace::ctl
