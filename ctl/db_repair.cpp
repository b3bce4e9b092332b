#include "ctl/db_repair.hpp"

#include "admin/json_text.hpp"
#include "ctl/context.hpp"
#include "ctl/db_follow.hpp"
#include "ctl/render.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <memory>
#include <ostream>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

struct repair_options {
    std::string target;
    bool yes = false;
    bool done = false;
    bool again = false;
};

/// The edited files as the daemon sees them: {REVISION: checksum}; nothing: it said why not.
std::optional<json::object> look(context& ctx, const repair_options& options) {
    json::object seen;
    std::string shown;
    const auto each = [&](const json::value& event) {
        if (text_of(event, "event") == "warning")
            ctx.note(text_of(event, "text"));
        const json::value* steps = member(event, "steps");
        if (text_of(event, "event") != "planned" || steps == nullptr || !steps->is_array())
            return;
        if (ctx.options.json)
            ctx.out << admin::json_text(event) << '\n';
        for (const json::value& step : steps->get_array()) {
            seen[text_of(step, "revision")] = text_of(step, "checksum");
            shown += paint_diff(text_of(step, "diff"), ctx.look());
        }
    };
    if (!run_operation(ctx, "repair", {{"target", options.target}, {"dry_run", true}},
                       {.each = each}))
        return {};
    if (!ctx.options.json)
        ctx.out << (seen.empty() ? "No applied file was edited.\n" : shown);
    return seen;
}

void answer(context& ctx, const repair_options& options) {
    run_operation(ctx, "repair",
                  {{"target", options.target}, {"answer", options.done ? "done" : "again"}});
}

void repair(context& ctx, const repair_options& options) {
    if (options.done || options.again)
        return answer(ctx, options);
    const auto seen = look(ctx, options);
    if (!seen || seen->empty())
        return;
    const std::string files =
        seen->size() == 1 ? "this file" : "these " + std::to_string(seen->size()) + " files";
    const auto agreed =
        options.yes ? std::optional(true)
        : ctx.confirm
            ? ctx.confirm("Record " + files + " as what was applied? Nothing will be run.")
            : std::nullopt;
    if (!agreed)
        return ctx.fail(
            make_error(errc::edited_revision, error_class::refuse,
                       "nothing was recorded: there is no terminal to ask on",
                       "headspacectl db repair --yes records " + files + " as what was applied"));
    if (!*agreed) {
        ctx.note("nothing was recorded");
        ctx.exit = problems::exit_no;
        return;
    }
    run_operation(ctx, "repair", {{"target", options.target}, {"expected", *seen}});
}

} // namespace

void register_db_repair(CLI::App& db, context& ctx) {
    auto* verb = db.add_subcommand(
        "repair", "Record edited files as what was applied, after showing what changed");
    auto options = std::make_shared<repair_options>();
    verb->add_option("revision", options->target, "Only this one (default: all that were edited)")
        ->type_name("REV");
    verb->add_flag("--yes", options->yes, "Do not ask");
    auto* done =
        verb->add_flag("--done", options->done, "The statement whose end nobody saw took effect");
    verb->add_flag("--again", options->again, "It did not: the next run may start it again")
        ->excludes(done);
    verb->callback([&ctx, options] { repair(ctx, *options); });
}

} // namespace headspace::ctl
