// events: what happens in the daemon, as it happens, until it goes away.
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/render_event.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <ostream>

namespace headspace::ctl {

namespace {

void show(context& ctx, std::string_view line) {
    boost::system::error_code ec;
    const boost::json::value event = boost::json::parse(line, ec);
    if (ctx.options.json)
        ctx.out << line << '\n';
    else if (ec)
        ctx.out << harmless(line) << '\n';
    else
        ctx.out << render_log_event(event, style{ctx.color}) << '\n';
    ctx.out.flush();
}

void events(context& ctx) {
    const auto reached = ctx.reach();
    if (!reached)
        return ctx.fail(reached.error());
    admin::call what;
    what.target = "/v1/events";
    what.timeout = ctx.timeout.value_or(ctx.times.request_timeout);
    const auto followed = (*reached)->follow(what, duration::zero(), [&ctx](std::string_view line) {
        show(ctx, line);
        return ctx.out.good();
    });
    if (!ctx.out.good())
        return; // nobody reads any more
    if (!followed)
        return ctx.fail(followed.error());
    if (followed->status != 200)
        return ctx.fail(problem_of(*followed));
    // The daemon ends this stream only when it stops. What happens until the next one listens
    // would be missing, so we do not go on as if nothing were.
    ctx.fail(make_error(errc::daemon_unreachable, error_class::unavailable,
                        "headspaced has stopped: these were its last events",
                        "headspacectl events follows the next one"));
}

} // namespace

void register_events(CLI::App& app, context& ctx) {
    app.add_subcommand("events",
                       "What happens in the daemon, from now on; exit 7 when it goes away")
        ->callback([&ctx] { events(ctx); });
}

} // namespace headspace::ctl
