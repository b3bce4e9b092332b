// wait --for connected|migrated: asks again until it is so, or until it cannot become so.
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/render.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <memory>

namespace headspace::ctl {

namespace {

enum class outlook { yes, not_yet, never };

struct finding {
    outlook is = outlook::not_yet;
    std::string reason; // in the words of the last answer
};

finding connected(const boost::json::value& health) {
    if (text_of(health, "database") == "connected")
        return {outlook::yes, {}};
    const std::string reason = text_of(health, "database_error");
    return {outlook::not_yet, reason.empty() ? "the database is not connected" : reason};
}

finding migrated(const boost::json::value& migrations) {
    const std::string state = text_of(migrations, "state");
    if (state == "current")
        return {outlook::yes, {}};
    if (state == "none")
        return {outlook::never, "there is no migrations directory"};
    std::string reason = "migrations are " + (state.empty() ? "unknown" : state);
    if (const std::string why = text_of(migrations, "reason"); !why.empty())
        reason += ": " + why;
    return {outlook::not_yet, std::move(reason)};
}

/// The daemon may still be starting, so an answer that does not come is not the end; one that will
/// not change by waiting is.
bool hopeless(const error& e) {
    return e.code == make_error_code(errc::socket_permission) ||
           problems::find(e.code).exit == problems::exit_usage;
}

void wait(context& ctx, bool for_migrated) {
    const time_point until = ctx.now() + ctx.timeout.value_or(ctx.times.wait_timeout);
    error last;
    for (;;) {
        // No single question outlives the whole.
        ctx.timeout = std::min(ctx.times.request_timeout,
                               std::max<duration>(until - ctx.now(), ctx.times.wait_poll));
        const auto answer = ctx.ask("GET", for_migrated ? "/v1/migrations" : "/health");
        if (answer) {
            const finding found = for_migrated ? migrated(*answer) : connected(*answer);
            if (found.is == outlook::yes)
                return ctx.show(*answer, for_migrated ? "migrated\n" : "connected\n");
            if (found.is == outlook::never)
                return ctx.fail(make_error(errc::no_migrations_directory, error_class::refuse,
                                           found.reason, "headspacectl db init makes one"));
            last = make_error(errc::timed_out, error_class::retry, found.reason);
        } else {
            last = answer.error();
            if (last.code == make_error_code(errc::no_migrations_directory) || hopeless(last))
                return ctx.fail(last);
        }
        if (ctx.now() >= until ||
            !ctx.pause(std::min<duration>(ctx.times.wait_poll, until - ctx.now())))
            break;
    }
    // A daemon that did not answer has not said no: 7.
    const bool unreachable = problems::find(last.code).exit == problems::exit_daemon_unreachable;
    last.message = "timed out: " + last.message;
    if (!unreachable)
        last.code = make_error_code(errc::timed_out);
    ctx.fail(last);
}

} // namespace

void register_wait(CLI::App& app, context& ctx) {
    auto what = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand(
        "wait", "Wait until the database is connected or migrated (--timeout, default 30 s)");
    command->add_option("--for", *what, "connected or migrated")
        ->required()
        ->check(CLI::IsMember({"connected", "migrated"}));
    command->callback([&ctx, what] { wait(ctx, *what == "migrated"); });
}

} // namespace headspace::ctl
