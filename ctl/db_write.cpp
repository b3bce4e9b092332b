#include "ctl/db_write.hpp"

#include "base/text.hpp"
#include "ctl/context.hpp"
#include "ctl/db_directory.hpp"
#include "ctl/db_render.hpp"
#include "revisions/target.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <memory>

namespace headspace::ctl {

namespace json = boost::json;
using revisions::revision_list;

namespace {

struct merge_options {
    std::vector<std::string> revisions;
    std::string message;
};

error usage(std::string what, std::string hint = {}) {
    return make_error(errc::usage, error_class::refuse, std::move(what), std::move(hint));
}

void init(context& ctx) {
    const directory_choice where = new_migrations_directory(ctx);
    const auto made = revisions::init_directory(where.path);
    if (!made)
        return ctx.fail(made.error());
    json::object value;
    value["directory"] = where.path.string();
    json::array& paths = (value["created"] = json::array()).get_array();
    std::string text;
    for (const std::filesystem::path& path : made->paths) {
        paths.emplace_back(path.string());
        text += (is_directory(path) ? "  Creating directory " : "  Generating ") + path.string() +
                " ...  done\n";
    }
    if (made->paths.empty())
        text = where.path.string() + " is a migrations directory already: nothing to do\n";
    ctx.show(value, text);
}

void write(context& ctx, const directory_choice& where, const revisions::new_revision& what) {
    const auto done = write_and_note(ctx, where.path, what);
    if (!done)
        return;
    json::object value;
    value["revision"] = done->revision;
    value["file"] = done->file.string();
    json::array& parents = (value["parents"] = json::array()).get_array();
    for (const std::string& parent : what.parents)
        parents.emplace_back(parent);
    ctx.show(value, "  Generating " + done->file.string() + " ...  done\n");
}

void revision(context& ctx, const revision_options& options) {
    const directory_choice where = migrations_directory(ctx);
    const auto d = read_migrations(ctx, where);
    if (!d)
        return;
    const result<revision_list> parents = parents_for(d->graph, options);
    if (!parents)
        return ctx.fail(parents.error());
    revisions::new_revision what;
    what.message = options.message;
    what.parents = *parents;
    write(ctx, where, what);
}

void merge(context& ctx, const merge_options& options) {
    const directory_choice where = migrations_directory(ctx);
    const auto d = read_migrations(ctx, where);
    if (!d)
        return;
    revisions::new_revision what;
    for (const std::string& text : options.revisions) {
        const auto named = resolve_target(d->graph, text, std::nullopt);
        if (!named)
            return ctx.fail(named.error());
        for (const std::string& parent : *named) {
            if (!d->graph.is_head(parent))
                return ctx.fail(usage("Revision " + parent + " is not a head revision",
                                      "only heads can be merged: " + join(d->graph.heads(), ", ")));
            if (std::find(what.parents.begin(), what.parents.end(), parent) == what.parents.end())
                what.parents.push_back(parent);
        }
    }
    if (what.parents.size() < 2)
        return ctx.fail(usage("a merge needs two heads, and there is " +
                                  (what.parents.empty() ? "none" : "only " + what.parents.front()),
                              "`headspacectl db heads` lists them"));
    std::sort(what.parents.begin(), what.parents.end(), revisions::version_less);
    what.message =
        options.message.empty() ? "merge " + join(what.parents, " and ") : options.message;
    write(ctx, where, what);
}

void hash(context& ctx) {
    const directory_choice where = migrations_directory(ctx);
    if (!read_migrations(ctx, where)) // says all problems, not only the first
        return;
    const auto done = revisions::write_sum(where.path);
    if (!done)
        return ctx.fail(done.error());
    const std::string file = (where.path / revisions::sum_file_name).string();
    if (done->damaged)
        ctx.note(done->damaged->message);
    json::object value;
    value["file"] = file;
    value["files"] = done->files;
    value["changed"] = done->changed;
    json::array& list = (value["differences"] = json::array()).get_array();
    std::string text;
    for (const revisions::sum_difference& d : done->differences) {
        list.push_back(difference_json(d));
        text += d.text() + "\n";
    }
    const std::string count =
        " (" + std::to_string(done->files) + (done->files == 1 ? " file)\n" : " files)\n");
    text += done->changed ? "Wrote " + file + count : file + " is up to date" + count;
    ctx.show(value, text);
}

} // namespace

result<revision_list> parents_for(const revisions::graph& graph, const revision_options& options) {
    if (options.head.empty() && graph.heads().size() > 1)
        return make_error(
            errc::several_heads, error_class::refuse,
            "Multiple heads are present: " + join(graph.heads(), ", "),
            "name the one to follow with --head, or make them one: `headspacectl db merge heads`");
    if (options.head.empty())
        return graph.heads();
    const auto named = resolve_target(graph, options.head, std::nullopt);
    if (!named)
        return named.error();
    for (const std::string& parent : *named)
        if (!graph.is_head(parent) && !options.splice)
            return usage("Revision " + parent + " is not a head revision",
                         "--splice makes a new branch from it");
    if (named->size() > 1)
        return usage("--head names several revisions: " + join(*named, ", "),
                     "`headspacectl db merge` makes them one");
    return *named;
}

std::optional<revisions::written> write_and_note(context& ctx, const std::filesystem::path& where,
                                                 const revisions::new_revision& what) {
    auto done = revisions::write_revision(where, what, std::chrono::system_clock::now());
    if (!done) {
        ctx.fail(done.error());
        return {};
    }
    for (const revisions::sum_difference& d : done->rewritten)
        ctx.note(d.text() + "; its line was written anew");
    return std::move(*done);
}

void register_db_write(CLI::App& db, context& ctx) {
    db.add_subcommand("init", "Make a migrations directory")->callback([&ctx] { init(ctx); });

    auto* revision_verb = db.add_subcommand("revision", "Write an empty revision");
    auto options = std::make_shared<revision_options>();
    revision_verb->add_option("-m,--message", options->message, "What it does")
        ->type_name("MSG")
        ->required();
    revision_verb->add_option("--head", options->head, "The revision it follows")->type_name("REV");
    revision_verb->add_flag("--splice", options->splice, "Let it follow one that is not a head");
    revision_verb->callback([&ctx, options] { revision(ctx, *options); });

    auto* merge_verb = db.add_subcommand("merge", "Write a revision that makes several heads one");
    auto merged = std::make_shared<merge_options>();
    merge_verb->add_option("revisions", merged->revisions, "The heads, or `heads` for all")
        ->type_name("REV")
        ->required();
    merge_verb->add_option("-m,--message", merged->message, "What it does")->type_name("MSG");
    merge_verb->callback([&ctx, merged] { merge(ctx, *merged); });

    db.add_subcommand("hash", "Write headspace.sum anew")->callback([&ctx] { hash(ctx); });
}

} // namespace headspace::ctl
