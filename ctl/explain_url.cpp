// explain-url: takes a connection string apart. Offline; the string is shown masked only.
#include "base/text.hpp"
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/db_model.hpp"
#include "ctl/render_url.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace headspace::ctl {

namespace {

struct named_text {
    secret text;
    std::string label;
    bool typed = false; // on the command line, for all to see
};

error usage(std::string what, std::string hint) {
    return make_error(errc::usage, error_class::refuse, std::move(what), std::move(hint));
}

result<named_text> fetch(context& ctx, const std::string& given) {
    constexpr std::string_view variable = "env:";
    if (given == "-") {
        std::string line = ctx.first_line_of_input ? ctx.first_line_of_input() : std::string();
        if (trim(line).empty())
            return usage("explain-url -: there is nothing on standard input",
                         "echo URL | headspacectl explain-url -");
        named_text out{secret(line), "standard input", false};
        wipe(line);
        return out;
    }
    if (!given.starts_with(variable))
        return named_text{secret(given), "the URL", true};
    const std::string name = given.substr(variable.size());
    std::string value = ctx.environment(name.c_str());
    if (value.empty())
        return usage("explain-url: the variable " + name + " is not set", "export it first");
    named_text out{secret(value), name, false};
    wipe(value);
    return out;
}

void explain(context& ctx, std::string& given) {
    const auto named = fetch(ctx, given);
    wipe(given);
    if (!named)
        return ctx.fail(named.error());
    auto explained =
        config::explain_url(named->text.reveal(), named->label, operating_system_user());
    if (!explained) {
        const error& e = explained.error();
        const std::string column =
            e.position == 0 ? "" : " (column " + std::to_string(e.position) + ")";
        return ctx.fail(usage(e.message + column, e.hint));
    }
    const bool shows_password =
        named->typed && explained->masked.find(":***@") != std::string::npos;
    if (shows_password)
        explained->warnings.emplace_back(
            "a password on a command line stays in the shell's history: write env:NAME, or - and "
            "give it on standard input");
    ctx.show(url_json(*explained), render_url(*explained, ctx.look()));
}

} // namespace

void register_explain_url(CLI::App& app, context& ctx) {
    auto given = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand(
        "explain-url", "What a connection string means: each value and its source, TLS, warnings");
    command->add_option("url", *given, "The string; - reads it, env:NAME takes a variable")
        ->type_name("URL|-|env:NAME")
        ->required();
    command->callback([&ctx, given] { explain(ctx, *given); });
}

} // namespace headspace::ctl
