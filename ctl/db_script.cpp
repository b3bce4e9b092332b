#include "ctl/db_script.hpp"

#include "config/settings.hpp"
#include "ctl/context.hpp"
#include "ctl/db_directory.hpp"
#include "ctl/render.hpp"
#include "revisions/offline_script.hpp"
#include "revisions/target.hpp"

#include <boost/json.hpp>

namespace headspace::ctl {

using revisions::graph;
using revisions::revision_list;
using revisions::revision_set;

namespace {

struct range {
    revision_set applied; // before the script
    std::string to;
    bool may_lack_ledger = false;
};

result<range> from_text(const graph& g, bool down, const std::string& text) {
    const std::size_t colon = text.find(':');
    const std::string from = text.substr(0, colon);
    range out;
    out.to = text.substr(colon + 1);
    if (out.to.empty())
        out.to = down ? "base" : "head";
    if (from.empty() && down)
        return make_error(errc::usage, error_class::refuse,
                          "downgrade --sql needs the revision to begin with: FROM:TO");
    const auto named = resolve_target(g, from.empty() ? "base" : from, std::nullopt);
    if (!named)
        return named.error();
    out.applied = g.ancestors(*named);
    out.may_lack_ledger = out.applied.empty();
    return out;
}

result<range> from_ledger(context& ctx, const revisions::directory& files, bool down,
                          const std::string& target) {
    const auto answer = ctx.ask("GET", "/v1/migrations");
    if (!answer)
        return answer.error();
    if (text_of(*answer, "state") == "unknown")
        return make_error(errc::database_unavailable, error_class::unavailable,
                          "what is applied is not known", text_of(*answer, "reason"));
    range out;
    out.to = target;
    if (const boost::json::value* history = member(*answer, "history");
        history != nullptr && history->is_array())
        for (const boost::json::value& row : history->get_array()) {
            const std::string state = text_of(row, "state");
            if (state == "partial" || state == "reverting")
                return make_error(errc::out_of_order, error_class::refuse,
                                  "revision " + text_of(row, "revision") +
                                      " is half done: only headspaced knows how to go on",
                                  "headspacectl db upgrade, or downgrade, first");
            const std::string revision = text_of(row, "revision");
            if (files.graph.contains(revision))
                out.applied.insert(revision);
            else if (down && files.find(revision) == nullptr)
                return make_error(errc::unknown_revision, error_class::refuse,
                                  "revision " + revision + " is applied but has no file here",
                                  "headspacectl db downgrade reverts it by the stored text");
        }
    out.may_lack_ledger = out.applied.empty();
    return out;
}

} // namespace

void print_script(context& ctx, bool down, const std::string& target) {
    const auto files = read_migrations(ctx, migrations_directory(ctx));
    if (!files)
        return;
    if (!files->repeatables.empty())
        ctx.note("repeatable scripts are not part of it: headspacectl db upgrade applies them");
    const bool offline = target.find(':') != std::string::npos;
    const auto wanted =
        offline ? from_text(files->graph, down, target) : from_ledger(ctx, *files, down, target);
    if (!wanted)
        return ctx.fail(wanted.error());
    const auto path = down ? downgrade_path(files->graph, wanted->applied, wanted->to)
                           : upgrade_path(files->graph, wanted->applied, wanted->to);
    if (!path)
        return ctx.fail(path.error());
    revisions::offline_request request;
    request.down = down;
    request.path = *path;
    request.create_ledger = !down && wanted->may_lack_ledger;
    request.lock_timeout = config::migrations_settings{}.lock_timeout;
    request.title = std::string(down ? "downgrade " : "upgrade ") + target;
    if (path->empty())
        return ctx.show({{"sql", ""}}, "-- " + request.title + ": nothing to do\n");
    const auto script = render_offline_script(files->graph, request);
    if (!script)
        return ctx.fail(script.error());
    ctx.show({{"sql", *script}}, *script);
}

} // namespace headspace::ctl
