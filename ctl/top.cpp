// top: the daemon's pool and migrations on a screen that follows them.
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/top_view.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <memory>
#include <ostream>

namespace headspace::ctl {

namespace {

struct arguments {
    bool once = false;
    std::string interval;
};

constexpr char ctrl_d = 4;

/// One picture. Exit 7 when there is nobody to ask.
void show_once(context& ctx) {
    const auto answer = ctx.ask("GET", "/v1/status");
    if (!answer)
        return ctx.fail(answer.error());
    top_facts facts;
    facts.at = ctx.now();
    facts.now = top_sample{facts.at, *answer};
    std::string text;
    for (const std::string& line : top_lines(facts, {ctx.look().width, 0}, ctx.look()))
        text += line + "\n";
    ctx.show(*answer, text);
}

void look(context& ctx, top_facts& facts) {
    auto answer = ctx.ask("GET", "/v1/status");
    facts.at = ctx.now();
    if (!answer) {
        if (!facts.unreachable_since)
            facts.unreachable_since = facts.at;
        facts.unreachable_why = answer.error().message;
        return;
    }
    // After a pause without answers there is nothing that a rate could be computed from.
    facts.before.reset();
    if (!facts.unreachable_since)
        facts.before = std::move(facts.now);
    facts.now = top_sample{facts.at, std::move(*answer)};
    facts.unreachable_since.reset();
}

void follow(context& ctx, duration interval) {
    // No longer than a person waits for a key to be heard.
    ctx.timeout = std::min(ctx.timeout.value_or(ctx.times.top_timeout), ctx.times.top_timeout);
    const std::unique_ptr<screen> shown = ctx.open_screen();
    top_facts facts;
    facts.interval = interval;
    for (;;) {
        look(ctx, facts);
        const time_point until = ctx.now() + interval;
        do {
            facts.at = ctx.now();
            shown->show(top_lines(facts, shown->size(), style{ctx.color}));
            const char key = shown->wait(std::max(until - ctx.now(), duration::zero()));
            if (key == 'q' || key == 'Q' || key == ctrl_d)
                return;
        } while (ctx.now() < until);
    }
}

void top(context& ctx, const arguments& given) {
    duration interval = ctx.times.top_interval;
    if (!given.interval.empty()) {
        const auto parsed = parse_duration(given.interval);
        if (!parsed || *parsed < ctx.times.top_shortest)
            throw CLI::ValidationError("--interval", "\"" + given.interval +
                                                         "\" is not a duration of at least " +
                                                         format_duration(ctx.times.top_shortest));
        interval = *parsed;
    }
    if (given.once || ctx.options.json || !ctx.out_is_terminal || !ctx.open_screen)
        return show_once(ctx);
    follow(ctx, interval);
}

} // namespace

void register_top(CLI::App& app, context& ctx) {
    auto given = std::make_shared<arguments>();
    CLI::App* command = app.add_subcommand(
        "top", "Pool, waiters, leases, outages and migrations as they change; q quits");
    command->add_flag("--once", given->once, "One picture, as in a pipe");
    command->add_option("--interval", given->interval, "Between two looks (default: 2s)")
        ->type_name("TIME");
    command->callback([&ctx, given] { top(ctx, *given); });
}

} // namespace headspace::ctl
