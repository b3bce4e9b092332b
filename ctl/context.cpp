#include "ctl/context.hpp"

#include "admin/json_text.hpp"
#include "admin/message.hpp"
#include "ctl/render.hpp"

#include <boost/json.hpp>

#include <ostream>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

std::string text_at(const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
}

error strange_answer(const admin::reply& answer) {
    return make_error(
        errc::daemon_unreachable, error_class::refuse,
        "what answers there is not headspaced, or another version of it (HTTP status " +
            std::to_string(answer.status) + ", " +
            (answer.content_type.empty() ? "no type" : answer.content_type) + ")");
}

error_class class_of(problems::exit_code exit) {
    switch (exit) {
    case problems::exit_busy:
        return error_class::retry;
    case problems::exit_database_unavailable:
    case problems::exit_daemon_unreachable:
        return error_class::unavailable;
    default:
        return error_class::refuse;
    }
}

} // namespace

error problem_of(const admin::reply& answer) {
    boost::system::error_code ec;
    const json::value body = json::parse(answer.body, ec);
    if (ec || !body.is_object())
        return strange_answer(answer);
    const json::object& object = body.get_object();
    const problems::entry* row = problems::find(text_at(object, "code"));
    if (row == nullptr && text_at(object, "detail").empty())
        return strange_answer(answer);
    // A newer daemon may know codes that we do not: its words still tell what happened.
    const errc code = row != nullptr ? row->code : errc::internal;
    error out = make_error(code, row != nullptr ? class_of(row->exit) : error_class::refuse,
                           text_at(object, "detail"), text_at(object, "hint"));
    out.sqlstate = text_at(object, "sqlstate");
    out.file = text_at(object, "file");
    out.detail = text_at(object, "diff");
    if (const json::value* line = object.if_contains("line"); line != nullptr && line->is_int64())
        out.line = static_cast<std::uint32_t>(line->get_int64());
    return out;
}

result<admin::caller*> context::reach() {
    if (!daemon) {
        auto made = connect(options);
        if (!made)
            return made.error();
        daemon = std::move(*made);
    }
    return daemon.get();
}

result<admin::reply> context::send(admin::call what) {
    const auto reached = reach();
    if (!reached)
        return reached.error();
    what.timeout = timeout.value_or(times.request_timeout);
    return (*reached)->send(what);
}

result<json::value> context::ask(std::string method, std::string target, std::string body,
                                 int also) {
    admin::call what;
    what.method = std::move(method);
    what.target = std::move(target);
    what.body = std::move(body);
    const auto answer = send(std::move(what));
    if (!answer)
        return answer.error();
    const bool problem = answer->content_type.starts_with("application/problem+json");
    if (problem || (answer->status >= 300 && answer->status != also))
        return problem_of(*answer);
    boost::system::error_code ec;
    json::value value = json::parse(answer->body, ec);
    if (ec)
        return strange_answer(*answer);
    return value;
}

void context::fail(const error& e) {
    exit = problems::find(e.code).exit;
    if (options.json) {
        err << admin::json_text(admin::problem_object(e)) << '\n';
        return;
    }
    err << "headspacectl: " << e.message;
    if (!e.sqlstate.empty() && e.message.find(e.sqlstate) == std::string::npos)
        err << " (" << e.sqlstate << ')';
    err << '\n' << paint_diff(e.detail, style{err_color});
    if (!e.hint.empty())
        err << "  " << e.hint << '\n';
}

void context::note(std::string_view text) {
    err << "headspacectl: " << text << '\n';
}

void context::show(const json::value& value, const std::string& text) {
    if (options.json)
        out << admin::json_text(value) << '\n';
    else
        out << text;
}

} // namespace headspace::ctl
