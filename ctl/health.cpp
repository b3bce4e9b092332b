// ping and health.
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/render.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <memory>
#include <ostream>

namespace headspace::ctl {

namespace {

void ping(context& ctx) {
    const time_point begin = ctx.now();
    const auto answer = ctx.send({"GET", "/livez", {}, {}});
    if (!answer)
        return ctx.fail(answer.error());
    const double seconds = std::chrono::duration<double>(ctx.now() - begin).count();
    ctx.show({{"alive", true}, {"latency_ms", seconds * 1000}},
             "headspaced answers (" + format_seconds(seconds) + ")\n");
}

/// One look; sets ctx.exit.
void look(context& ctx, bool database) {
    const auto answer = ctx.ask("GET", database ? "/health/db" : "/health", {}, 503);
    if (!answer)
        return ctx.fail(answer.error());
    const style paint = ctx.look();
    ctx.show(*answer, database ? render_health_db(*answer, paint) : render_health(*answer, paint));
    const bool good = database ? text_of(*answer, "database") == "connected"
                               : text_of(*answer, "status") == "healthy";
    ctx.exit = good ? problems::exit_ok : problems::exit_no;
}

void watch(context& ctx, bool database, duration interval) {
    const bool redraw = ctx.out_is_terminal && !ctx.options.json;
    do {
        if (redraw)
            ctx.out << "\x1b[H\x1b[2J";
        look(ctx, database);
        if (!redraw && !ctx.options.json)
            ctx.out << '\n';
        ctx.out.flush();
    } while (ctx.pause(interval));
}

} // namespace

void register_health(CLI::App& app, context& ctx) {
    app.add_subcommand("ping", "Does the daemon live? (whatever the database does)")
        ->callback([&ctx] { ping(ctx); });

    struct arguments {
        std::string what;
        std::string every; // "" : once
    };
    auto given = std::make_shared<arguments>();
    CLI::App* health = app.add_subcommand("health", "Is everything well? Exit 1 when degraded");
    health->add_option("db", given->what, "db: run SELECT 1 now")->check(CLI::IsMember({"db"}));
    health->add_flag("--watch{default}", given->every, "Look again every 2 (or =S) seconds");
    health->callback([&ctx, given] {
        const bool database = !given->what.empty();
        if (given->every.empty())
            return look(ctx, database);
        duration interval = ctx.times.watch_interval;
        if (given->every != "default") {
            const auto parsed = parse_duration(given->every);
            if (!parsed || *parsed <= duration::zero())
                throw CLI::ValidationError("--watch", "\"" + given->every + "\" is not a duration");
            interval = *parsed;
        }
        watch(ctx, database, interval);
    });
}

} // namespace headspace::ctl
