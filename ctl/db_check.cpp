#include "ctl/db_check.hpp"

#include "base/text.hpp"
#include "ctl/context.hpp"
#include "ctl/db_directory.hpp"
#include "ctl/db_follow.hpp"
#include "ctl/render.hpp"
#include "lint/lint.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <memory>
#include <ostream>

namespace headspace::ctl {

namespace json = boost::json;
using revisions::script;
using revisions::section;

namespace {

struct check_options {
    bool offline = false;
    bool roundtrip = false;
    bool no_drift = false;
    bool strict = false;
};

json::object finding(std::string_view kind, std::string text, std::string_view revision = {},
                     std::string_view file = {}) {
    return {{"kind", kind}, {"text", std::move(text)}, {"revision", revision}, {"file", file}};
}

json::object half_json(const section& half) {
    return {{"text", half.text}, {"line", half.line}, {"transaction", half.options.transaction}};
}

json::object script_json(const script& s) {
    json::object one{
        {"revision", s.revision}, {"parents", json::array(s.parents.begin(), s.parents.end())},
        {"message", s.message},   {"file", s.file},
        {"checksum", s.checksum}, {"up", half_json(s.up)}};
    if (s.down)
        one["down"] = half_json(*s.down);
    return one;
}

json::object body_of(const revisions::directory& d, const check_options& options) {
    json::array all;
    for (const auto* scripts : {&d.graph.scripts(), &d.repeatables})
        for (const script& s : *scripts)
            all.emplace_back(script_json(s));
    return {{"revisions", std::move(all)},
            {"drift", !options.no_drift},
            {"roundtrip", options.roundtrip},
            {"strict", options.strict}};
}

/// headspace.sum: what it says otherwise than the files.
void add_sum_findings(context& ctx, const revisions::directory& d, json::array& found) {
    if (d.sum_problem)
        found.push_back(finding("sum", d.sum_problem->message));
    for (const revisions::sum_difference& difference : d.sum_differences)
        found.push_back(finding("sum", difference.text(), {}, difference.file));
    if (!d.sum && !d.sum_problem && d.is_native())
        ctx.note("there is no headspace.sum in " + d.path.string() +
                 ": headspacectl db hash writes it");
}

/// What the runner would refuse, read in the files alone.
void add_forbidden(const revisions::directory& d, json::array& found) {
    for (const script& s : d.graph.scripts()) {
        const std::string file = revisions::shown_file(s.file);
        for (const section* half : {&s.up, s.down ? &*s.down : nullptr})
            if (half != nullptr)
                for (const error& e : revisions::forbidden_statements(*half, file))
                    found.push_back(finding("refused", e.message, s.revision, file));
    }
}

void add_lint(context& ctx, const revisions::directory& d, json::array& found) {
    if (!lint::available())
        return ctx.note("this build has no linter: the statements were not looked at");
    const auto findings = lint::check(d.graph);
    if (findings.has_error())
        return ctx.fail(findings.error());
    for (const lint::finding& f : *findings)
        if (f.level >= lint::severity::warning)
            found.push_back(finding(
                "lint", f.file + ":" + std::to_string(f.line) + ": " + f.rule + ": " + f.message(),
                f.revision, f.file));
}

void look_offline(context& ctx, const revisions::directory& d, json::array& found) {
    if (d.graph.heads().size() > 1)
        found.push_back(
            finding("several_heads", "there are several heads: " + join(d.graph.heads(), ", ")));
    add_sum_findings(ctx, d, found);
    add_forbidden(d, found);
    add_lint(ctx, d, found);
}

/// False: the daemon could not be asked, which was said.
bool ask_daemon(context& ctx, const revisions::directory& d, const check_options& options,
                json::array& found, json::object& answer) {
    bool shown = false;
    const auto clear = [&] {
        if (shown)
            ctx.err << "\r\033[K" << std::flush;
        shown = false;
    };
    const auto each = [&](const json::value& event) {
        clear();
        if (text_of(event, "event") == "warning")
            ctx.note(text_of(event, "text"));
        if (text_of(event, "event") != "checking" || !ctx.err_is_terminal || ctx.options.json)
            return;
        ctx.err << text_of(event, "text") << ": " << count_of(event, "done") << " of "
                << count_of(event, "all") << std::flush;
        shown = true;
    };
    const auto done = run_operation(ctx, "check", body_of(d, options), {.each = each});
    clear();
    if (!done)
        return false;
    if (const json::value* theirs = member(*done, "findings"); theirs && theirs->is_array())
        found.insert(found.end(), theirs->get_array().begin(), theirs->get_array().end());
    for (const char* name : {"notes", "unmodelled", "incomplete"})
        if (const json::value* value = member(*done, name))
            answer[name] = *value;
    return true;
}

void print(context& ctx, const json::object& answer) {
    const json::value whole(answer);
    if (ctx.options.json)
        return ctx.show(whole, {});
    for (const json::value& f : answer.at("findings").as_array()) {
        ctx.out << text_of(f, "text") << '\n';
        ctx.out << paint_diff(text_of(f, "diff"), ctx.look());
    }
    for (const std::string& name : texts_of(whole, "unmodelled"))
        ctx.note("not compared: " + name);
    for (const std::string& note : texts_of(whole, "notes"))
        ctx.note(note);
}

/// What was compared, when nothing was found.
std::string summary(const check_options& options) {
    if (options.offline)
        return "Nothing found in the files.";
    std::string out = options.no_drift ? "The ledger is what the files say"
                                       : "The database is what the migrations say";
    if (options.roundtrip)
        out += ", and each down restores what was before its up";
    return out + ".";
}

void check(context& ctx, const check_options& options) {
    const auto d = read_migrations(ctx, migrations_directory(ctx));
    if (!d)
        return;
    json::array found;
    json::object answer{{"directory", d->path.string()}};
    if (options.offline) {
        look_offline(ctx, *d, found);
    } else {
        add_sum_findings(ctx, *d, found);
        if (!ask_daemon(ctx, *d, options, found, answer) && found.empty())
            return;
    }
    const bool any = !found.empty();
    answer["findings"] = std::move(found);
    print(ctx, answer);
    if (const auto incomplete = answer.find("incomplete"); incomplete != answer.end()) {
        admin::reply as_reply;
        as_reply.body = json::serialize(incomplete->value());
        error e = problem_of(as_reply);
        e.message = "the catalogues could not be compared: " + e.message;
        return ctx.fail(e);
    }
    if (ctx.exit != problems::exit_ok)
        return;
    if (any)
        ctx.exit = problems::exit_no;
    else if (!ctx.options.json)
        ctx.out << summary(options) << '\n';
}

} // namespace

void register_db_check(CLI::App& db, context& ctx) {
    auto* verb = db.add_subcommand("check", "Is the database what the migrations say?");
    auto options = std::make_shared<check_options>();
    auto* offline = verb->add_flag("--offline", options->offline,
                                   "Only what needs no daemon: heads, sum, statements, lint");
    verb->add_flag("--roundtrip", options->roundtrip,
                   "Also run all files up, down to base and up again, in a scratch database")
        ->excludes(offline);
    verb->add_flag("--no-drift", options->no_drift,
                   "Do not compare the catalogue, which needs scratch databases")
        ->excludes(offline);
    verb->add_flag("--strict", options->strict, "Objects that are not compared are findings too")
        ->excludes(offline);
    verb->callback([&ctx, options] { check(ctx, *options); });
}

} // namespace headspace::ctl
