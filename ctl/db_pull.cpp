// `db pull`: schema/ and a baseline revision for a database that exists already.
#include "ctl/context.hpp"
#include "ctl/db_directory.hpp"
#include "ctl/db_follow.hpp"
#include "ctl/db_generate.hpp"
#include "ctl/render.hpp"
#include "revisions/names.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <fstream>
#include <memory>
#include <ostream>
#include <system_error>

namespace headspace::ctl {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

error in_the_way(std::string what, std::string hint) {
    return make_error(errc::conflict_here, error_class::refuse, std::move(what), std::move(hint));
}

bool same_folder(const fs::path& a, const fs::path& b) {
    std::error_code ec;
    return fs::weakly_canonical(a, ec) == fs::weakly_canonical(b, ec);
}

/// The directory that headspaced uses, if nothing was recorded and nothing is written there yet.
result<fs::path> empty_directory(context& ctx) {
    const auto ledger = ctx.ask("GET", "/v1/migrations");
    if (!ledger)
        return ledger.error();
    const fs::path theirs = text_of(*ledger, "directory");
    const std::string& option = ctx.options.directory;
    const std::string given = option.empty() ? ctx.environment("HEADSPACE_MIGRATIONS") : option;
    if (!given.empty() && !same_folder(given, theirs))
        return make_error(errc::usage, error_class::refuse,
                          "headspaced applies the files of " + theirs.string() + ", not those of " +
                              given,
                          "leave -d out, or set migrations.directory and reload");
    const json::value* history = member(*ledger, "history");
    if (history != nullptr && history->is_array() && !history->get_array().empty())
        return in_the_way("the ledger of this database has revisions already: there is nothing to "
                          "begin with",
                          "headspacectl db migrate -m MSG compares from here on");
    if (const auto made = revisions::init_directory(theirs); !made)
        return made.error();
    const auto d = revisions::read_directory(theirs);
    if (!d)
        return d.error();
    if (!d->problems.empty())
        return d->first_problem();
    if (!d->graph.empty())
        return in_the_way(theirs.string() + " has revisions already",
                          "db pull begins an empty directory; to compare: headspacectl db migrate "
                          "-m MSG --model-url URL");
    const auto schema = revisions::read_schema(theirs);
    if (!schema)
        return schema.error();
    if (!schema->empty())
        return in_the_way((theirs / "schema").string() + " has files already",
                          "move them away first");
    return theirs;
}

result<void> write_schema(const fs::path& directory, const json::value& end, std::string& text,
                          json::array& shown) {
    const json::value* files = member(end, "schema");
    if (files == nullptr || !files->is_array())
        return {};
    for (const json::value& one : files->get_array()) {
        const fs::path name = text_of(one, "file");
        if (name.is_absolute() || name.begin() == name.end() || *name.begin() != "schema" ||
            name != name.lexically_normal())
            return in_the_way("headspaced named a file outside of schema/", "");
        const fs::path file = directory / name;
        std::ofstream out(file, std::ios::binary);
        out << text_of(one, "text");
        out.close();
        if (!out)
            return make_error(errc::io_failed, error_class::refuse, "cannot write " + file.string(),
                              "look at its folder");
        text += "  Generating " + file.string() + " ...  done\n";
        shown.emplace_back(file.string());
    }
    return {};
}

void pull(context& ctx, const std::string& text) {
    const auto message = revisions::checked_message(text);
    if (!message)
        return ctx.fail(message.error());
    const auto where = empty_directory(ctx);
    if (!where)
        return ctx.fail(where.error());
    const auto end = run_operation(ctx, "generate", {{"pull", true}});
    if (!end)
        return;
    show_notes(ctx, *end);
    std::vector<revisions::new_revision> drafts = drafts_of(*end, *message);
    if (drafts.empty())
        return ctx.show(json::object{{"revisions", json::array()}},
                        "The database is empty: there is nothing to pull.\n");
    std::string written;
    json::array files;
    if (const auto schema = write_schema(*where, *end, written, files); !schema)
        return ctx.fail(schema.error());
    ctx.show(json::object{{"schema", std::move(files)}}, written);
    const auto revisions = write_drafts(ctx, *where, std::move(drafts), {});
    if (!revisions.empty() && ctx.exit == problems::exit_ok)
        run_operation(ctx, "stamp", {{"target", revisions.back().revision}});
}

} // namespace

void register_db_pull(CLI::App& db, context& ctx) {
    auto* verb = db.add_subcommand(
        "pull", "Write schema/ and a first revision from a database that exists already");
    auto message = std::make_shared<std::string>("Baseline");
    verb->add_option("-m,--message", *message, "Of the revision (default: Baseline)")
        ->type_name("MSG");
    verb->callback([&ctx, message] { pull(ctx, *message); });
}

} // namespace headspace::ctl
