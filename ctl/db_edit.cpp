#include "ctl/db_edit.hpp"

#include "base/text.hpp"
#include "ctl/context.hpp"
#include "ctl/db_current.hpp"
#include "ctl/db_directory.hpp"
#include "ctl/db_render.hpp"
#include "ctl/editor.hpp"
#include "revisions/target.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <memory>

namespace headspace::ctl {

namespace json = boost::json;
using revisions::revision_set;

namespace {

/// What is applied, when a daemon answers in good time; an editor opens without one.
std::optional<revision_set> applied_if_known(context& ctx, const revisions::directory& d,
                                             bool needed) {
    const duration limit = ctx.times.directory_lookup;
    const auto timeout = ctx.timeout;
    if (!needed)
        ctx.timeout = limit;
    const result<revision_set> current = ask_current(ctx);
    ctx.timeout = timeout;
    if (!current && needed)
        ctx.fail(current.error());
    if (!current)
        return {};
    return applied_of(d.graph, *current);
}

/// The sum is written anew when it covered the file before: what was unrecorded stays so.
void record(context& ctx, const directory_choice& where, const revisions::directory& before,
            const std::string& file, json::object& value) {
    if (!before.covered(file)) {
        if (before.sum || before.sum_problem)
            ctx.note("headspace.sum did not cover " + file +
                     " before: headspacectl db hash records it");
        return;
    }
    const auto done = revisions::write_sum(where.path);
    if (!done)
        return ctx.fail(done.error());
    value["sum"] = done->changed;
    for (const revisions::sum_difference& d : done->differences)
        if (d.file != file)
            ctx.note(d.text() + "; its line was written anew");
}

/// A file that cannot be read as a migration has no place in the graph, but can be mended: that
/// whose name begins with `target`.
std::optional<std::filesystem::path> broken_file(const directory_choice& where,
                                                 const std::string& target) {
    const auto read = revisions::read_directory(where.path);
    std::optional<std::filesystem::path> found;
    if (!read)
        return found;
    for (const error& problem : read->problems) {
        const std::filesystem::path file = where.path / problem.file;
        if (problem.file.empty() || !file.filename().string().starts_with(target))
            continue;
        if (found && *found != file)
            return {};
        found = file;
    }
    return found;
}

void mend(context& ctx, const directory_choice& where, const std::filesystem::path& file) {
    if (const auto edited = run_editor(ctx, file); !edited)
        return ctx.fail(edited.error());
    const auto after = read_migrations(ctx, where);
    if (!after)
        return;
    const std::string name = file.filename().string();
    if (after->sum && !after->covered(name))
        ctx.note("headspace.sum does not cover " + name +
                 " as it is now: headspacectl db hash records it");
    ctx.show(json::object{{"file", file.string()}, {"changed", true}},
             "Edited " + file.string() + "\n");
}

void edit(context& ctx, const std::string& target) {
    const directory_choice where = migrations_directory(ctx);
    if (const auto file = broken_file(where, target))
        return mend(ctx, where, *file);
    const auto d = read_migrations(ctx, where);
    if (!d)
        return;
    const bool needed = revisions::needs_applied(target);
    const auto applied = applied_if_known(ctx, *d, needed);
    if (needed && !applied)
        return;
    const auto revision = resolve_one(d->graph, target, applied);
    if (!revision)
        return ctx.fail(revision.error());
    const revisions::script* s = d->graph.find(*revision);
    if (s == nullptr || s->file.empty())
        return ctx.fail(
            make_error(errc::unknown_revision, error_class::refuse,
                       "revision " + *revision + " has no file in " + d->path.string()));
    if (applied && applied->contains(*revision))
        ctx.note("revision " + *revision +
                 " is applied: a change of it is refused by `db upgrade` until `db repair`");
    const std::filesystem::path file = d->path / revisions::shown_file(s->file);
    if (const auto edited = run_editor(ctx, file); !edited)
        return ctx.fail(edited.error());

    const auto after = read_migrations(ctx, where); // says what is wrong with the file now
    if (!after)
        return;
    const revisions::script* now = after->graph.find(*revision);
    const bool changed = now == nullptr || now->checksum != s->checksum;
    json::object value{{"revision", *revision}, {"file", file.string()}, {"changed", changed}};
    if (changed)
        record(ctx, where, *d, s->file, value);
    if (ctx.exit == problems::exit_ok)
        ctx.show(value,
                 changed ? "Edited " + file.string() + "\n" : file.string() + " is unchanged\n");
}

} // namespace

void register_db_edit(CLI::App& db, context& ctx) {
    auto* verb = db.add_subcommand("edit", "Open a revision's file in $VISUAL or $EDITOR");
    auto target = std::make_shared<std::string>("head");
    verb->add_option("revision", *target, "head, an id or its beginning, ... (default: head)")
        ->type_name("REV");
    verb->callback([&ctx, target] { edit(ctx, *target); });
}

} // namespace headspace::ctl
