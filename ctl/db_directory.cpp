#include "ctl/db_directory.hpp"

#include "ctl/context.hpp"
#include "ctl/render.hpp"

#include <boost/json.hpp>

#include <system_error>

namespace headspace::ctl {

namespace {

/// What the daemon answers about its directory; nothing when it does not in good time. It is asked
/// for its status, which it has at hand: reading the ledger and the files can take longer than
/// that.
std::optional<std::string> directory_of_daemon(context& ctx) {
    const auto reached = ctx.reach();
    if (!reached)
        return {};
    admin::call question;
    question.method = "GET";
    question.target = "/v1/status";
    question.timeout = ctx.times.directory_lookup;
    const auto answer = (*reached)->send(question);
    if (!answer || answer->status != 200)
        return {};
    boost::system::error_code ec;
    const boost::json::value body = boost::json::parse(answer->body, ec);
    const boost::json::value* migrations = ec ? nullptr : member(body, "migrations");
    if (migrations == nullptr)
        return {};
    return text_of(*migrations, "directory");
}

} // namespace

directory_choice choose_directory(const std::string& option, const std::string& variable,
                                  const std::function<std::optional<std::string>()>& daemon) {
    if (!option.empty())
        return {option, "-d"};
    if (!variable.empty())
        return {variable, "HEADSPACE_MIGRATIONS"};
    std::error_code ec;
    if (const auto own = daemon ? daemon() : std::nullopt;
        own && !own->empty() && std::filesystem::is_directory(*own, ec))
        return {*own, "headspaced"};
    return {"migrations", "the working directory"};
}

directory_choice migrations_directory(context& ctx) {
    return choose_directory(ctx.options.directory, ctx.environment("HEADSPACE_MIGRATIONS"),
                            [&ctx] { return directory_of_daemon(ctx); });
}

directory_choice new_migrations_directory(context& ctx) {
    return choose_directory(ctx.options.directory, ctx.environment("HEADSPACE_MIGRATIONS"), {});
}

std::optional<revisions::directory> read_migrations(context& ctx, const directory_choice& where) {
    result<revisions::directory> read = revisions::read_directory(where.path);
    if (!read) {
        ctx.fail(read.error());
        return {};
    }
    for (const error& problem : read->problems)
        ctx.fail(problem);
    if (!read->problems.empty())
        return {};
    return std::move(*read);
}

} // namespace headspace::ctl
