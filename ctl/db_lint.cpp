#include "ctl/db_lint.hpp"

#include "base/text.hpp"
#include "ctl/context.hpp"
#include "ctl/db_directory.hpp"
#include "ctl/lint_render.hpp"
#include "ctl/render.hpp"
#include "lint/lint.hpp"
#include "revisions/names.hpp"
#include "revisions/splitter.hpp"
#include "revisions/target.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <fstream>
#include <memory>
#include <ostream>
#include <sstream>
#include <system_error>

namespace headspace::ctl {

namespace fs = std::filesystem;
using lint::finding;
using lint::severity;
using revisions::script;

namespace {

/// Findings that an upgrade shows; the rest is counted.
constexpr std::size_t shown_before_upgrade = 5;

struct lint_options {
    std::vector<std::string> what; // revisions and files
    std::string format = "text";
    std::vector<std::string> enable;
    std::vector<std::string> disable;
    bool strict = false;
    bool warnings_only = false;
    bool list_rules = false;
};

bool looks_like_a_file(const std::string& text) {
    std::error_code ec;
    return text.find('/') != std::string::npos || text.ends_with(".sql") ||
           fs::is_regular_file(text, ec);
}

error at_file(error e, const std::string& file) {
    e.file = file;
    return e;
}

/// A file of no known tool: everything in it is an up, and what cannot run in a transaction shows
/// that it is not meant to.
result<script> plain_script(const std::string& path, const std::string& text) {
    if (auto wrong = revisions::check_encoding(text, path))
        return at_file(*wrong, path);
    auto statements = revisions::split_statements(text, path);
    if (!statements)
        return at_file(statements.error(), path);
    script s;
    s.text = text;
    s.up.text = text;
    s.up.statements = std::move(*statements);
    revisions::take_off_transaction(s.up);
    s.up.options.transaction = std::none_of(
        s.up.statements.begin(), s.up.statements.end(), [](const revisions::statement& one) {
            return one.kind == revisions::statement_kind::not_in_transaction;
        });
    return s;
}

result<script> read_script(const std::string& path) {
    std::error_code ec;
    std::ifstream in(path, std::ios::binary);
    if (!fs::is_regular_file(path, ec) || !in)
        return at_file(make_error(errc::unreadable_directory, error_class::refuse,
                                  path + " is no file that can be read",
                                  "name revisions or files, or a directory with -d"),
                       path);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    const std::string text = revisions::normalised(bytes.str());
    const bool native =
        text.starts_with("-- migrate:up") || text.find("\n-- migrate:up") != std::string::npos;
    result<script> read = native ? revisions::parse_script(fs::path(path).filename().string(), text)
                                 : plain_script(path, text);
    if (!read)
        return at_file(read.error(), path);
    read->file = "./" + path; // what a message shows is the path as it was given
    return read;
}

/// The revisions of the directory that `what` names; all of them when it names none.
result<std::vector<lint::input>> named_revisions(const revisions::graph& graph,
                                                 const std::vector<std::string>& what) {
    revisions::revision_set named;
    for (const std::string& text : what) {
        const auto found = text.find(':') != std::string::npos
                               ? resolve_range(graph, text, std::nullopt)
                               : resolve_target(graph, text, std::nullopt);
        if (!found)
            return found.error();
        named.insert(found->begin(), found->end());
    }
    std::vector<lint::input> scripts;
    for (const script& s : graph.scripts())
        scripts.push_back({&s, what.empty() || named.contains(s.revision)});
    return scripts;
}

/// The findings' paths from here, so that an editor or GitHub finds them.
void show_from(const fs::path& directory, std::vector<finding>& findings) {
    for (finding& f : findings)
        f.file = (directory / f.file).lexically_normal().string();
}

struct looked_at {
    std::vector<finding> findings;
    std::size_t files = 0;
};

class linting {
public:
    linting(context& ctx, const lint_options& options) : ctx_(ctx), options_(options) {
        how_.enable = options.enable;
        how_.disable = options.disable;
    }

    void run() {
        std::vector<std::string> files;
        std::vector<std::string> revisions;
        for (const std::string& text : options_.what)
            (looks_like_a_file(text) ? files : revisions).push_back(text);
        if (options_.what.empty() || !revisions.empty())
            look_at_directory(revisions);
        look_at_files(files);
        if (ctx_.exit == problems::exit_ok || !found_.findings.empty() || found_.files > 0)
            show();
    }

private:
    void fail(const error& e) {
        if (options_.format == "github")
            ctx_.out << render_github(e);
        ctx_.fail(e);
    }
    void take(result<std::vector<finding>> found, const fs::path& directory, std::size_t files) {
        if (!found)
            return fail(found.error());
        show_from(directory, *found);
        found_.findings.insert(found_.findings.end(), found->begin(), found->end());
        found_.files += files;
    }
    void look_at_directory(const std::vector<std::string>& revisions) {
        const directory_choice where = migrations_directory(ctx_);
        const auto read = revisions::read_directory(where.path);
        if (!read)
            return fail(read.error());
        for (error problem : read->problems) {
            if (!problem.file.empty())
                problem.file = (where.path / problem.file).string();
            fail(problem);
        }
        if (!read->problems.empty())
            return;
        auto scripts = named_revisions(read->graph, revisions);
        if (!scripts)
            return fail(scripts.error());
        if (revisions.empty())
            for (const script& s : read->repeatables)
                scripts->push_back({&s});
        const auto reported = std::count_if(scripts->begin(), scripts->end(),
                                            [](const lint::input& one) { return one.reported; });
        take(lint::check(*scripts, how_), where.path, static_cast<std::size_t>(reported));
    }
    void look_at_files(const std::vector<std::string>& files) {
        for (const std::string& file : files) {
            const result<script> one = read_script(file);
            if (!one) {
                fail(one.error());
                continue;
            }
            const lint::input only{&*one};
            take(lint::check({&only, 1}, how_), {}, 1);
        }
    }
    void show() {
        if (options_.warnings_only)
            std::erase_if(found_.findings,
                          [](const finding& f) { return f.level < severity::warning; });
        const bool bad =
            std::any_of(found_.findings.begin(), found_.findings.end(), [&](const finding& f) {
                return f.level >= severity::warning || options_.strict;
            });
        if (bad && ctx_.exit == problems::exit_ok)
            ctx_.exit = problems::exit_no;
        if (options_.format == "json") {
            ctx_.out << boost::json::serialize(findings_json(found_.findings)) << '\n';
            return;
        }
        for (const finding& f : found_.findings)
            ctx_.out << (options_.format == "github" ? render_github(f)
                                                     : render_finding(f, ctx_.look()));
        if (options_.format == "text")
            ctx_.out << render_count(found_.findings, found_.files);
    }

    context& ctx_;
    const lint_options& options_;
    lint::options how_;
    looked_at found_;
};

void lint_verb(context& ctx, lint_options& options) {
    if (!lint::available())
        return ctx.fail(lint::check(std::span<const lint::input>()).error());
    if (ctx.options.json)
        options.format = "json";
    if (options.list_rules) {
        ctx.out << render_rules(lint::all_rules());
        return;
    }
    linting(ctx, options).run();
}

revisions::revision_set revisions_of(const boost::json::value& planned) {
    revisions::revision_set all;
    if (const boost::json::value* steps = member(planned, "steps");
        steps != nullptr && steps->is_array())
        for (const boost::json::value& step : steps->get_array())
            all.insert(text_of(step, "revision"));
    return all;
}

} // namespace

void warn_of_plan(context& ctx, const boost::json::value& planned) {
    const revisions::revision_set pending = revisions_of(planned);
    if (!lint::available() || ctx.options.json || pending.empty())
        return;
    const fs::path where = text_of(planned, "directory");
    std::error_code ec;
    if (!fs::is_directory(where, ec))
        return;
    const auto read = revisions::read_directory(where);
    if (!read || !read->problems.empty())
        return;
    std::vector<lint::input> scripts;
    for (const script& s : read->graph.scripts())
        scripts.push_back({&s, pending.contains(s.revision)});
    lint::options how;
    how.limits.statement_timeout = ctx.times.lint_before_upgrade;
    how.limits.failures = 1;
    auto found = lint::check(scripts, how);
    if (!found)
        return;
    show_from(where, *found);
    std::erase_if(*found, [](const finding& f) { return f.down || f.level < severity::warning; });
    for (std::size_t i = 0; i < std::min(found->size(), shown_before_upgrade); ++i) {
        const finding& f = (*found)[i];
        ctx.note("warning: " + f.file + ":" + std::to_string(f.line) + ": " + f.rule + ": " +
                 f.message());
    }
    if (found->size() > shown_before_upgrade)
        ctx.note("warning: " + std::to_string(found->size() - shown_before_upgrade) +
                 " more: `headspacectl db lint` shows them");
}

void register_db_lint(CLI::App& db, context& ctx) {
    auto* verb = db.add_subcommand("lint", "What in the migrations may hurt a running system");
    auto options = std::make_shared<lint_options>();
    verb->add_option("what", options->what,
                     "Revisions, ranges a:b, or files (default: every revision)")
        ->type_name("REV|FILE");
    verb->add_option("--format", options->format, "text, json, or github (default: text)")
        ->check(CLI::IsMember({"text", "json", "github"}))
        ->type_name("FORMAT");
    verb->add_flag("--strict", options->strict, "Exit 1 for hints and notes too");
    verb->add_flag("--warnings-only", options->warnings_only, "Neither hints nor notes");
    verb->add_option("--enable", options->enable, "A rule that only runs when it is asked for")
        ->type_name("RULE")
        ->delimiter(',')
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    verb->add_option("--disable", options->disable, "A rule that is not wanted")
        ->type_name("RULE")
        ->delimiter(',')
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    verb->add_flag("--rules", options->list_rules, "List the rules");
    verb->callback([&ctx, options] { lint_verb(ctx, *options); });
}

} // namespace headspace::ctl
