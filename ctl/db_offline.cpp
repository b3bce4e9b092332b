// The verbs of `db` that need no daemon; those that only read.
#include "base/text.hpp"
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/db_current.hpp"
#include "ctl/db_directory.hpp"
#include "ctl/db_edit.hpp"
#include "ctl/db_lint.hpp"
#include "ctl/db_render.hpp"
#include "ctl/db_write.hpp"
#include "ctl/render.hpp"
#include "ctl/table.hpp"
#include "revisions/target.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <ostream>

namespace headspace::ctl {

namespace json = boost::json;
using revisions::revision_list;
using revisions::revision_set;
using revisions::script;

namespace {

/// Prints these scripts, one after the other, in one of the two shapes.
void print(context& ctx, const revisions::directory& d, const char* name,
           const std::vector<const script*>& scripts, const revision_marks& marks,
           const std::function<std::string(const script&)>& shape) {
    json::object value;
    value["directory"] = d.path.string();
    json::array& list = (value[name] = json::array()).get_array();
    std::string text;
    for (const script* s : scripts) {
        list.push_back(revision_json(*s, marks));
        text += shape(*s);
    }
    ctx.show(value, fit_lines(text, ctx.look().width));
}

void heads(context& ctx, bool verbose) {
    const auto d = read_migrations(ctx, migrations_directory(ctx));
    if (!d)
        return;
    const revision_marks marks{d->graph, {}};
    std::vector<const script*> found;
    for (const std::string& head : d->graph.heads())
        found.push_back(d->graph.find(head));
    print(ctx, *d, "heads", found, marks, [&](const script& s) {
        return verbose ? render_entry(s, marks, d->path) : render_head(s, marks) + "\n";
    });
}

bool goes_to_the_end(const revisions::graph& graph, const revision_list& range) {
    const revision_list& heads = graph.heads();
    return std::all_of(heads.begin(), heads.end(), [&](const std::string& head) {
        return std::find(range.begin(), range.end(), head) != range.end();
    });
}

struct history_options {
    std::string range = ":";
    bool verbose = false;
    bool indicate_current = false;
};

void history(context& ctx, const history_options& options) {
    const auto d = read_migrations(ctx, migrations_directory(ctx));
    if (!d)
        return;
    revision_marks marks{d->graph, {}};
    std::optional<revision_set> applied;
    if (options.indicate_current || revisions::needs_applied(options.range)) {
        result<revision_set> current = ask_current(ctx);
        if (!current)
            return ctx.fail(current.error());
        applied = applied_of(d->graph, *current);
        if (options.indicate_current)
            marks.current = std::move(*current);
    }
    const result<revision_list> range = resolve_range(d->graph, options.range, applied);
    if (!range)
        return ctx.fail(range.error());
    std::vector<const script*> found;
    if (goes_to_the_end(d->graph, *range)) // they run after all others
        for (auto s = d->repeatables.rbegin(); s != d->repeatables.rend(); ++s)
            found.push_back(&*s);
    for (const std::string& revision : *range)
        found.push_back(d->graph.find(revision));
    print(ctx, *d, "history", found, marks, [&](const script& s) {
        return options.verbose ? render_entry(s, marks, d->path)
                               : render_history_line(s, marks) + "\n";
    });
}

void show(context& ctx, const std::string& target) {
    const auto d = read_migrations(ctx, migrations_directory(ctx));
    if (!d)
        return;
    std::optional<revision_set> applied;
    const revision_marks marks{d->graph, {}};
    if (const script* s = d->find(target); s != nullptr && revisions::is_repeatable(s->revision))
        return print(ctx, *d, "revisions", {s}, marks,
                     [&](const script& one) { return render_entry(one, marks, d->path); });
    if (revisions::needs_applied(target)) {
        const result<revision_set> current = ask_current(ctx);
        if (!current)
            return ctx.fail(current.error());
        applied = applied_of(d->graph, *current);
    }
    const result<revision_list> named = resolve_target(d->graph, target, applied);
    if (!named)
        return ctx.fail(named.error());
    std::vector<const script*> found;
    for (const std::string& revision : *named)
        if (const script* s = d->graph.find(revision))
            found.push_back(s);
    if (found.empty())
        return ctx.fail(
            make_error(errc::unknown_revision, error_class::refuse,
                       "'" + target + "' is no revision with a file in " + d->path.string()));
    print(ctx, *d, "revisions", found, marks,
          [&](const script& s) { return render_entry(s, marks, d->path); });
}

void branches(context& ctx, bool verbose) {
    const auto d = read_migrations(ctx, migrations_directory(ctx));
    if (!d)
        return;
    const revision_marks marks{d->graph, {}};
    std::vector<const script*> found;
    for (const script& s : d->graph.scripts())
        if (d->graph.is_branch_point(s.revision))
            found.insert(found.begin(), &s); // the newest first
    print(ctx, *d, "branches", found, marks,
          [&](const script& s) { return render_branch(s, marks, d->path, verbose); });
}

} // namespace

void register_db_offline(CLI::App& db, context& ctx) {
    register_db_write(db, ctx);
    register_db_import(db, ctx);
    register_db_lint(db, ctx);
    register_db_edit(db, ctx);

    auto* heads_verb = db.add_subcommand("heads", "The newest revisions");
    auto verbose = std::make_shared<bool>(false);
    heads_verb->add_flag("-v,--verbose", *verbose, "With message, parents and path");
    heads_verb->callback([&ctx, verbose] { heads(ctx, *verbose); });

    auto* branches_verb = db.add_subcommand("branches", "Where revisions branch");
    auto branches_verbose = std::make_shared<bool>(false);
    branches_verb->add_flag("-v,--verbose", *branches_verbose, "With message, parents and path");
    branches_verb->callback([&ctx, branches_verbose] { branches(ctx, *branches_verbose); });

    auto* history_verb = db.add_subcommand("history", "All revisions, the newest first");
    auto options = std::make_shared<history_options>();
    history_verb
        ->add_option("-r,--rev-range", options->range,
                     "From a to b, both included; either may be left out")
        ->type_name("a:b");
    history_verb->add_flag("-v,--verbose", options->verbose, "With message, parents and path");
    history_verb->add_flag("-i,--indicate-current", options->indicate_current,
                           "Mark the database's current revision (asks the daemon)");
    history_verb->callback([&ctx, options] { history(ctx, *options); });

    auto* show_verb = db.add_subcommand("show", "One revision");
    auto target = std::make_shared<std::string>("head");
    show_verb->add_option("revision", *target, "head, an id or its beginning, ... (default: head)")
        ->type_name("REV");
    show_verb->callback([&ctx, target] { show(ctx, *target); });
}

} // namespace headspace::ctl
