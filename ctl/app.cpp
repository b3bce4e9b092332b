#include "ctl/app.hpp"

#include "base/text.hpp"
#include "base/version.hpp"
#include "ctl/commands.hpp"
#include "ctl/complete.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace headspace::ctl {

namespace {

/// What the global options mean.
result<void> settle(context& ctx) {
    if (!ctx.options.timeout.empty()) {
        const auto parsed = parse_duration(ctx.options.timeout);
        if (!parsed || *parsed <= duration::zero())
            return make_error(errc::usage, error_class::refuse,
                              "--timeout: \"" + ctx.options.timeout + "\" is not a duration",
                              "seconds, or a number with a unit: 250ms, 5s, 2m");
        ctx.timeout = *parsed;
    }
    // https://no-color.org: any value that is not empty.
    const bool wanted = !ctx.options.no_color && !ctx.options.json &&
                        ctx.environment("NO_COLOR").empty() && ctx.environment("TERM") != "dumb";
    ctx.color = wanted && ctx.out_is_terminal;
    ctx.err_color = wanted && ctx.err_is_terminal;
    return {};
}

/// CLI11 only says that a subcommand is required; what was typed instead is worth more.
std::optional<error> unknown_command(const CLI::App& app) {
    const std::vector<std::string> left = app.remaining(true);
    const auto word = std::find_if(left.begin(), left.end(),
                                   [](const std::string& one) { return !one.starts_with('-'); });
    if (word == left.end())
        return std::nullopt;
    const CLI::App* group = &app;
    while (!group->get_subcommands().empty())
        group = group->get_subcommands().back();
    std::vector<std::string> names;
    for (const CLI::App* one : group->get_subcommands({}))
        names.push_back(one->get_name());
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string meant = did_you_mean(*word, known);
    const std::string under = group == &app ? std::string() : " " + group->get_name();
    return make_error(errc::usage, error_class::refuse, "there is no command \"" + *word + "\"",
                      meant.empty() ? "headspacectl" + under + " --help lists them"
                                    : "did you mean \"" + meant + "\"?");
}

void add_global_options(CLI::App& app, global_options& options) {
    app.add_flag("--json", options.json, "Print the answer as JSON");
    app.add_option("--socket", options.socket, "The daemon's socket (default: HEADSPACE_SOCKET)")
        ->type_name("PATH");
    app.add_option("--instance", options.instance, "The daemon of this instance")
        ->type_name("NAME");
    app.add_option("--config", options.config, "Take the socket from this configuration file")
        ->type_name("FILE");
    app.add_option("--timeout", options.timeout, "Longest wait for an answer, such as 5 or 250ms")
        ->type_name("TIME");
    app.add_flag("--no-color", options.no_color, "No colours (also: NO_COLOR)");
}

} // namespace

void register_commands(CLI::App& app, context& ctx) {
    app.fallthrough(); // global options may stand behind the command
    add_global_options(app, ctx.options);
    register_health(app, ctx);
    register_status(app, ctx);
    register_wait(app, ctx);
    register_pool(app, ctx);
    register_config(app, ctx);
    register_explain(app, ctx);
    register_explain_url(app, ctx);
    register_doctor(app, ctx);
    register_metrics(app, ctx);
    register_events(app, ctx);
    register_top(app, ctx);
    register_db(app, ctx);
    add_examples(app);
}

int run(std::vector<std::string> arguments, context& ctx) {
    CLI::App app("Talks to headspaced, which owns the PostgreSQL connection pool.", "headspacectl");
    app.require_subcommand(1);
    app.failure_message([](const CLI::App*, const CLI::Error& e) {
        return std::string("headspacectl: ") + e.what() + "\n  --help says more\n";
    });
    app.set_version_flag("--version", "headspacectl " + std::string(version));
    // Before any callback of a subcommand: CLI11 runs this one first.
    std::optional<error> wrong;
    app.parse_complete_callback([&] {
        if (const auto settled = settle(ctx); !settled)
            wrong = settled.error();
        if (wrong)
            throw CLI::RuntimeError(problems::exit_usage);
    });
    register_commands(app, ctx);

    if (!arguments.empty() && arguments.front() == complete_command) {
        complete(app, {arguments.begin() + 1, arguments.end()}, ctx);
        return problems::exit_ok;
    }
    std::reverse(arguments.begin(), arguments.end()); // CLI11 takes them from the end
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::Success& asked) { // --help, --version
        return app.exit(asked, ctx.out, ctx.err);
    } catch (const CLI::RuntimeError&) {
        if (wrong)
            ctx.fail(*wrong);
        return ctx.exit;
    } catch (const CLI::RequiredError& e) {
        if (const auto unknown = unknown_command(app))
            ctx.fail(*unknown);
        else
            app.exit(e, ctx.out, ctx.err);
        return problems::exit_usage;
    } catch (const CLI::ParseError& e) {
        app.exit(e, ctx.out, ctx.err);
        return problems::exit_usage;
    }
    return ctx.exit;
}

} // namespace headspace::ctl
