// pool, pool reconnect, pool recycle.
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/render.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace headspace::ctl {

void register_pool(CLI::App& app, context& ctx) {
    auto what = std::make_shared<std::string>();
    CLI::App* pool = app.add_subcommand("pool", "The connections; reconnect: try now and replace "
                                                "all; recycle: replace them one by one");
    pool->add_option("action", *what, "reconnect or recycle")
        ->check(CLI::IsMember({"reconnect", "recycle"}));
    pool->callback([&ctx, what] {
        const auto answer =
            what->empty() ? ctx.ask("GET", "/v1/pool") : ctx.ask("POST", "/v1/pool/" + *what);
        if (!answer)
            return ctx.fail(answer.error());
        ctx.show(*answer, render_pool(*answer, ctx.look()));
    });
}

} // namespace headspace::ctl
