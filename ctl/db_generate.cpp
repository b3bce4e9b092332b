#include "ctl/db_generate.hpp"

#include "base/text.hpp"
#include "ctl/context.hpp"
#include "ctl/db_directory.hpp"
#include "ctl/db_follow.hpp"
#include "ctl/db_model.hpp"
#include "ctl/db_write.hpp"
#include "ctl/render.hpp"
#include "revisions/declared.hpp"
#include "revisions/names.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <memory>
#include <ostream>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

struct migrate_options {
    std::string message;
    std::vector<std::string> renames;
    std::string model_url;
    bool sql = false;
    bool online = false;
    bool strict = false;
    bool empty = false;
};

bool flag_of(const json::value& object, const char* key) {
    const json::value* found = member(object, key);
    return found == nullptr || !found->is_bool() || found->get_bool();
}

error nothing_declared(const std::filesystem::path& directory) {
    return make_error(errc::unreadable_directory, error_class::refuse,
                      "there is no file in " + (directory / "schema").string() +
                          ": nothing says what the database should be",
                      "write CREATE TABLE statements there; for a database that exists already, "
                      "headspacectl db pull does; or name one with --model-url");
}

/// The declared model: files, or a database. False: an error was said.
bool add_model(context& ctx, const std::filesystem::path& directory, const migrate_options& options,
               json::object& body) {
    if (!options.model_url.empty()) {
        const auto url = read_model_url(ctx, options.model_url);
        if (!url) {
            ctx.fail(url.error());
            return false;
        }
        body["model"] = json::object{{"url", url->reveal()}, {"user", operating_system_user()}};
        if (const auto files = revisions::read_schema(directory); files && !files->empty())
            ctx.note(
                "the model is the database of --model-url: " + (directory / "schema").string() +
                " is not read, and a later db migrate without --model-url compares with it");
        return true;
    }
    const auto files = revisions::read_schema(directory);
    if (!files || files->empty()) {
        ctx.fail(files ? nothing_declared(directory) : files.error());
        return false;
    }
    json::array& schema = (body["schema"] = json::array()).get_array();
    for (const revisions::schema_file& file : *files)
        schema.emplace_back(json::object{{"file", file.file}, {"text", file.text}});
    return true;
}

bool add_renames(context& ctx, const migrate_options& options, json::object& body) {
    json::array& renames = (body["renames"] = json::array()).get_array();
    for (const std::string& text : options.renames) {
        const auto rename = revisions::parse_rename_option(text);
        if (!rename) {
            ctx.fail(rename.error());
            return false;
        }
        renames.emplace_back(json::object{{"from", rename->from}, {"to", rename->to}});
    }
    return true;
}

void print_sql(context& ctx, std::vector<revisions::new_revision> drafts,
               const revisions::revision_list& parents) {
    drafts.front().parents = parents;
    std::string text;
    json::array texts;
    for (const revisions::new_revision& draft : drafts) {
        const std::string one = revisions::revision_text(draft);
        text += (text.empty() ? "" : "\n") + one;
        texts.emplace_back(one);
    }
    ctx.show(json::object{{"sql", std::move(texts)}}, text);
}

void migrate(context& ctx, const migrate_options& options) {
    const auto message = revisions::checked_message(options.message);
    if (!message)
        return ctx.fail(message.error());
    const directory_choice where = migrations_directory(ctx);
    const auto d = read_migrations(ctx, where);
    if (!d)
        return;
    if (const auto writable = revisions::check_writable(*d); !writable && !options.sql)
        return ctx.fail(writable.error());
    const auto parents = parents_for(d->graph, {});
    if (!parents)
        return ctx.fail(parents.error());
    if (options.empty) {
        revisions::new_revision blank;
        blank.message = *message;
        std::vector<revisions::new_revision> drafts{std::move(blank)};
        write_drafts(ctx, where.path, std::move(drafts), *parents);
        return;
    }
    json::object body{{"migrations", migrations_json(*d)},
                      {"online", options.online},
                      {"strict", options.strict}};
    if (!add_model(ctx, where.path, options, body) || !add_renames(ctx, options, body))
        return;
    const auto end = run_operation(ctx, "generate", body);
    if (!end)
        return;
    show_notes(ctx, *end);
    for (const std::string& line : texts_of(*end, "detected"))
        if (!ctx.options.json)
            (options.sql ? ctx.err : ctx.out) << line << '\n';
    std::vector<revisions::new_revision> drafts = drafts_of(*end, *message);
    if (drafts.empty())
        return ctx.show(json::object{{"revisions", json::array()}},
                        "No changes in schema detected.\n");
    if (options.sql)
        return print_sql(ctx, std::move(drafts), *parents);
    write_drafts(ctx, where.path, std::move(drafts), *parents);
}

} // namespace

json::array migrations_json(const revisions::directory& d) {
    json::array out;
    for (const auto* scripts : {&d.graph.scripts(), &d.repeatables})
        for (const revisions::script& s : *scripts)
            out.emplace_back(json::object{{"file", s.up.file.empty() ? s.file : s.up.file},
                                          {"up", s.up.text},
                                          {"line", s.up.line},
                                          {"transaction", s.up.options.transaction}});
    return out;
}

std::vector<revisions::new_revision> drafts_of(const json::value& end, const std::string& message) {
    std::vector<revisions::new_revision> out;
    const json::value* list = member(end, "revisions");
    if (list == nullptr || !list->is_array())
        return out;
    const std::size_t count = list->get_array().size();
    for (const json::value& one : list->get_array()) {
        revisions::new_revision draft;
        draft.message = message;
        if (count > 1)
            draft.message +=
                " (" + std::to_string(out.size() + 1) + " of " + std::to_string(count) + ")";
        draft.up = text_of(one, "up");
        draft.down = text_of(one, "down");
        draft.transaction = flag_of(one, "up_transaction");
        draft.down_transaction = flag_of(one, "down_transaction");
        out.push_back(std::move(draft));
    }
    return out;
}

void show_notes(context& ctx, const json::value& end) {
    if (ctx.options.json)
        return; // they stand in the last event
    for (const char* kind : {"notes", "hints"})
        for (const std::string& text : texts_of(end, kind))
            ctx.note(text);
    for (const std::string& object : texts_of(end, "unmodelled"))
        ctx.note("not compared: " + object);
}

std::vector<revisions::written> write_drafts(context& ctx, const std::filesystem::path& where,
                                             std::vector<revisions::new_revision> drafts,
                                             revisions::revision_list parents) {
    std::vector<revisions::written> all;
    json::array shown;
    std::string text;
    for (revisions::new_revision& draft : drafts) {
        draft.parents = parents;
        auto done = write_and_note(ctx, where, draft);
        if (!done)
            break;
        parents = {done->revision};
        shown.emplace_back(
            json::object{{"revision", done->revision}, {"file", done->file.string()}});
        text += "  Generating " + done->file.string() + " ...  done\n";
        all.push_back(std::move(*done));
    }
    if (!all.empty())
        ctx.show(json::object{{"revisions", std::move(shown)}}, text);
    return all;
}

void register_db_generate(CLI::App& db, context& ctx) {
    auto* verb = db.add_subcommand(
        "migrate", "Write the revision that leads from the migrations to the declared schema");
    auto options = std::make_shared<migrate_options>();
    verb->add_option("-m,--message", options->message, "What it does")
        ->type_name("MSG")
        ->required();
    verb->add_flag("--sql", options->sql, "Print the revision, write nothing");
    verb->add_option("--rename", options->renames, "users.name:users.full_name; may be repeated")
        ->type_name("OLD:NEW")
        ->expected(1)
        ->take_all();
    verb->add_flag("--online", options->online,
                   "Prefer forms that block nobody, in several revisions where they need it");
    verb->add_flag("--strict", options->strict,
                   "Refuse when there are objects that are not compared");
    verb->add_option("--model-url", options->model_url,
                     "The declared schema is this database: a URL, - or env:NAME")
        ->type_name("URL");
    verb->add_flag("--empty", options->empty, "Compare nothing: an empty revision");
    verb->callback([&ctx, options] { migrate(ctx, *options); });
}

} // namespace headspace::ctl
