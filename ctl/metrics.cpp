// metrics: prints GET /metrics, or leaves it in a file for node_exporter's textfile collector.
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/metrics_text.hpp"
#include "revisions/files.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <memory>

namespace headspace::ctl {

namespace {

/// node_exporter runs as somebody else.
constexpr mode_t readable_by_all = 0644;

result<std::string> ask_for_page(context& ctx) {
    const auto answer = ctx.send({"GET", "/metrics", {}, {}});
    if (!answer)
        return answer.error();
    if (answer->status != 200 || !answer->content_type.starts_with("text/plain"))
        return problem_of(*answer);
    return answer->body;
}

void metrics(context& ctx, const std::string& file) {
    const auto page = ask_for_page(ctx);
    const bool unreachable =
        !page && problems::find(page.error().code).exit == problems::exit_daemon_unreachable;
    if (!page)
        ctx.fail(page.error());
    if (file.empty()) {
        if (page)
            ctx.show({{"metrics", *page}}, *page);
        return;
    }
    if (!page && !unreachable)
        return; // an answer that is none says nothing about the daemon
    // A file that is left as it was would say that all is well.
    std::string text = page ? *page : page_of_nobody();
    if (!ctx.options.instance.empty())
        text = with_label(text, "headspace_instance", ctx.options.instance);
    const auto written =
        revisions::write_whole_file(file, text, revisions::when_there::replace, readable_by_all);
    if (!written)
        ctx.fail(written.error());
}

} // namespace

void register_metrics(CLI::App& app, context& ctx) {
    auto file = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("metrics", "The daemon's numbers in the Prometheus text format");
    command
        ->add_option("--textfile", *file,
                     "Write them to FILE in one step, for node_exporter's textfile collector; "
                     "headspace_up 0 when the daemon cannot be reached")
        ->type_name("FILE");
    command->callback([&ctx, file] { metrics(ctx, *file); });
}

} // namespace headspace::ctl
