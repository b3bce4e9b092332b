// The verbs of `db` that ask the daemon: upgrade, downgrade, stamp, current, status.
#include "base/text.hpp"
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/db_check.hpp"
#include "ctl/db_directory.hpp"
#include "ctl/db_dump.hpp"
#include "ctl/db_follow.hpp"
#include "ctl/db_lint.hpp"
#include "ctl/db_repair.hpp"
#include "ctl/db_script.hpp"
#include "ctl/db_status.hpp"
#include "ctl/render.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

namespace headspace::ctl {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

bool same_folder(const fs::path& a, const fs::path& b) {
    std::error_code ec;
    return fs::weakly_canonical(a, ec) == fs::weakly_canonical(b, ec);
}

std::string names(std::vector<std::string> heads) {
    std::sort(heads.begin(), heads.end());
    return heads.empty() ? "no revision" : join(heads, ", ");
}

/// The daemon runs its own directory's files and no other's: false, and why was said, when -d names
/// another one.
bool runs_these_files(context& ctx) {
    const std::string& given = ctx.options.directory;
    if (given.empty())
        return true;
    const auto answer = ctx.ask("GET", "/v1/status");
    if (!answer) {
        ctx.fail(answer.error());
        return false;
    }
    const json::value* migrations = member(*answer, "migrations");
    const std::string theirs = migrations != nullptr ? text_of(*migrations, "directory") : "";
    if (same_folder(given, theirs))
        return true;
    ctx.fail(make_error(errc::usage, error_class::refuse,
                        "headspaced applies the files of " + theirs + ", not those of " + given,
                        "leave -d out, or set migrations.directory and reload"));
    return false;
}

/// Says in one line when the files that are visible here lead elsewhere than those that will run.
void compare_heads(context& ctx, const json::value& planned) {
    const std::string variable = ctx.environment("HEADSPACE_MIGRATIONS");
    const fs::path here = variable.empty() ? "migrations" : variable;
    const fs::path theirs = text_of(planned, "directory");
    std::error_code ec;
    if (!ctx.options.directory.empty() || theirs.empty() || !fs::is_directory(here, ec) ||
        same_folder(here, theirs))
        return;
    const auto files = revisions::read_directory(here);
    if (files.has_value() && files->problems.empty() &&
        names(files->graph.heads()) != names(texts_of(planned, "heads")))
        ctx.note("headspaced sees " + names(texts_of(planned, "heads")) + " as head in " +
                 theirs.string() + ", " + here.string() + " here has " +
                 names(files->graph.heads()));
}

void run_with_files(context& ctx, const std::string& verb, const json::object& body) {
    if (runs_these_files(ctx))
        run_operation(ctx, verb, body, {.planned = [&ctx](const json::value& plan) {
                          compare_heads(ctx, plan);
                      }});
}

/// The body of GET /v1/migrations; fails where the database could not be asked.
std::optional<json::value> ask_ledger(context& ctx) {
    auto answer = ctx.ask("GET", "/v1/migrations");
    if (!answer) {
        ctx.fail(answer.error());
        return {};
    }
    return std::move(*answer);
}

/// What stands in the answer's `problem`; nothing when all is well.
std::optional<error> problem_in(const json::value& migrations) {
    const json::value* problem = member(migrations, "problem");
    if (problem == nullptr)
        return {};
    admin::reply as_reply;
    as_reply.body = json::serialize(*problem);
    return problem_of(as_reply);
}

void current(context& ctx, bool verbose, bool check_heads) {
    const auto migrations = ask_ledger(ctx);
    if (!migrations)
        return;
    if (text_of(*migrations, "state") == "unknown")
        return ctx.fail(
            problem_in(*migrations)
                .value_or(make_error(errc::database_unavailable, error_class::unavailable,
                                     "the current revision is not known")));
    json::object shown;
    for (const char* key : {"current", "heads", "directory"})
        if (const json::value* found = member(*migrations, key))
            shown[key] = *found;
    ctx.show(shown, render_current(*migrations, verbose));
    if (check_heads && !at_heads(*migrations)) {
        ctx.note("the database is not at the heads: " + names(texts_of(*migrations, "heads")));
        ctx.exit = problems::exit_no;
    }
}

void status(context& ctx) {
    const auto migrations = ask_ledger(ctx);
    if (!migrations)
        return;
    ctx.show(*migrations, render_migrations(*migrations, ctx.look()));
    if (const auto problem = problem_in(*migrations))
        ctx.exit = problems::find(problem->code).exit;
}

struct run_options {
    std::string target;
    bool allow_destructive = false;
    bool allow_out_of_order = false;
    bool purge = false;
    bool dry_run = false;
    bool sql = false;
};

/// What the same run would do, from a dry run: its `planned` event, or nothing when it was refused.
/// Its warnings are shown when there is nothing to do, since no run follows that says them again.
result<std::optional<json::value>> plan_of_upgrade(context& ctx, json::object body) {
    body["dry_run"] = true;
    std::optional<json::value> plan;
    std::vector<std::string> warnings;
    const auto take = [&](const json::value& event) {
        if (text_of(event, "event") == "planned")
            plan = event;
        if (text_of(event, "event") == "warning")
            warnings.push_back(text_of(event, "text"));
    };
    const auto done = try_operation(ctx, "upgrade", body, {.each = take});
    if (done.has_error() &&
        problems::find(done.error().code).exit == problems::exit_daemon_unreachable)
        return done.error();
    if (done.has_error())
        return std::optional<json::value>{};
    if (plan && plans_nothing(*plan))
        for (const std::string& warning : warnings)
            ctx.note(warning);
    return plan;
}

/// What may hurt is said before the daemon is asked to do it, for the very revisions that it would
/// run. Where there is nothing to do that one question was all.
void upgrade(context& ctx, const run_options& options) {
    if (options.sql)
        return print_script(ctx, false, options.target);
    if (!runs_these_files(ctx))
        return;
    json::object body{{"target", options.target}, {"allow_destructive", options.allow_destructive}};
    if (options.allow_out_of_order)
        body["allow_out_of_order"] = true;
    const auto look = [&ctx](const json::value& plan) {
        compare_heads(ctx, plan);
        warn_of_plan(ctx, plan);
    };
    if (options.dry_run || ctx.options.json) {
        if (options.dry_run)
            body["dry_run"] = true;
        run_operation(ctx, "upgrade", body, {.planned = look});
        return;
    }
    const auto asked = plan_of_upgrade(ctx, body);
    if (asked.has_error())
        return ctx.fail(asked.error());
    const std::optional<json::value>& plan = *asked;
    if (plan)
        look(*plan);
    if (plan && plans_nothing(*plan))
        ctx.out << render_event(*plan).line << '\n';
    else
        run_operation(ctx, "upgrade", body);
}

void add_script_options(CLI::App& verb, run_options& options) {
    auto* dry_run = verb.add_flag("--dry-run", options.dry_run,
                                  "Show the statements and their locks, change nothing");
    verb.add_flag("--sql", options.sql,
                  "Print the script that does it with psql; A:B needs no daemon")
        ->excludes(dry_run);
}

} // namespace

void register_db_online(CLI::App& db, context& ctx) {
    auto* upgrade_verb = db.add_subcommand("upgrade", "Apply pending revisions");
    auto up = std::make_shared<run_options>(run_options{.target = "head"});
    upgrade_verb
        ->add_option("revision", up->target,
                     "head, heads, an id or its beginning, +N (default: head); A:B with --sql")
        ->type_name("REV");
    upgrade_verb->add_flag("--allow-destructive", up->allow_destructive,
                           "Run files with DESTRUCTIVE marks too");
    add_script_options(*upgrade_verb, *up);
    upgrade_verb->add_flag("--allow-out-of-order", up->allow_out_of_order,
                           "Run files that come before applied ones too");
    upgrade_verb->callback([&ctx, up] { upgrade(ctx, *up); });

    auto* downgrade_verb = db.add_subcommand("downgrade", "Revert revisions");
    auto down = std::make_shared<run_options>(run_options{.target = "-1"});
    downgrade_verb
        ->add_option("revision", down->target,
                     "-N, an id or its beginning, base (default: -1); A:B with --sql")
        ->type_name("REV");
    add_script_options(*downgrade_verb, *down);
    downgrade_verb->callback([&ctx, down] {
        if (down->sql)
            return print_script(ctx, true, down->target);
        json::object body{{"target", down->target}};
        if (down->dry_run)
            body["dry_run"] = true;
        run_with_files(ctx, "downgrade", body);
    });

    auto* stamp_verb =
        db.add_subcommand("stamp", "Record a revision and those before it without running them");
    auto mark = std::make_shared<run_options>(run_options{.target = "head"});
    stamp_verb
        ->add_option("revision", mark->target,
                     "head, heads, current, an id or its beginning, base (default: head)")
        ->type_name("REV");
    stamp_verb->add_flag("--purge", mark->purge, "Forget every row first");
    stamp_verb->callback([&ctx, mark] {
        run_with_files(ctx, "stamp", {{"target", mark->target}, {"purge", mark->purge}});
    });

    auto* adopt_verb = db.add_subcommand(
        "adopt", "Take over what another tool has applied to this database: golang-migrate, goose, "
                 "dbmate, Flyway or diesel, found by its table");
    auto adopt_from = std::make_shared<std::string>();
    auto adopt_dry = std::make_shared<bool>(false);
    adopt_verb
        ->add_option("--from", *adopt_from,
                     "Which bookkeeping, where several are there: the tool's name, or its table")
        ->type_name("TOOL|SCHEMA.TABLE");
    adopt_verb->add_flag("--dry-run", *adopt_dry, "Only say what would be recorded");
    adopt_verb->callback([&ctx, adopt_from, adopt_dry] {
        run_with_files(ctx, "adopt", {{"from", *adopt_from}, {"dry_run", *adopt_dry}});
    });

    auto* current_verb = db.add_subcommand("current", "The database's revision");
    auto verbose = std::make_shared<bool>(false);
    auto check_heads = std::make_shared<bool>(false);
    current_verb->add_flag("-v,--verbose", *verbose, "With message, parents and path");
    current_verb->add_flag("--check-heads", *check_heads, "Exit 1 unless every head is applied");
    current_verb->callback([&ctx, verbose, check_heads] { current(ctx, *verbose, *check_heads); });

    register_db_repair(db, ctx);
    register_db_check(db, ctx);
    register_db_dump(db, ctx);

    auto* status_verb = db.add_subcommand("status", "Applied and pending revisions, warnings");
    auto follow = std::make_shared<bool>(false);
    status_verb->add_flag("-f,--follow", *follow,
                          "While an operation runs, show its progress until it ends");
    status_verb->callback([&ctx, follow] {
        if (*follow && (follow_running(ctx) || ctx.exit != problems::exit_ok))
            return;
        status(ctx);
    });

    auto* cancel_verb = db.add_subcommand("cancel", "Cancel the operation that runs");
    cancel_verb->callback([&ctx] { cancel_running(ctx); });
}

} // namespace headspace::ctl
