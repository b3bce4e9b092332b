#include "admin/message.hpp"

#include "admin/json_text.hpp"
#include "base/text.hpp"
#include "problems/problems.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace headspace::admin {

namespace json = boost::json;

std::string_view request::capture(std::string_view name) const {
    const auto found = std::find_if(captures.begin(), captures.end(),
                                    [&](const auto& one) { return one.first == name; });
    return found == captures.end() ? std::string_view{} : std::string_view(found->second);
}

std::string_view request::parameter(std::string_view name) const {
    const auto found = query.find(std::string(name));
    return found == query.end() ? std::string_view{} : std::string_view(found->second);
}

bool request::wants_ndjson() const {
    return to_lower(accept).find("application/x-ndjson") != std::string::npos;
}

result<json::object> body_object(const request& req,
                                 std::initializer_list<std::string_view> known) {
    if (trim(req.body).empty())
        return json::object{};
    const auto refuse = [](std::string what, std::string hint = {}) {
        return make_error(errc::bad_request, error_class::refuse, std::move(what), std::move(hint));
    };
    error_code ec;
    json::value value = json::parse(req.body, ec);
    if (ec)
        return refuse("the request's body is no JSON (" + ec.message() + ")");
    if (!value.is_object())
        return refuse("the request's body is no JSON object");
    for (const auto& member : value.get_object()) {
        const std::string_view key(member.key().data(), member.key().size());
        if (std::find(known.begin(), known.end(), key) != known.end())
            continue;
        const std::string meant = did_you_mean(key, std::span(known.begin(), known.size()));
        // A key is echoed only as far as it can be one: the body may hold anything.
        const std::string shown =
            is_utf8(key) && key.size() <= 64 ? " \"" + std::string(key) + '"' : std::string();
        return refuse("unknown member" + shown + " in the request's body",
                      meant.empty() ? std::string() : "did you mean \"" + meant + "\"?");
    }
    return std::move(value.get_object());
}

response json_response(const json::value& value, int status) {
    response out;
    out.status = status;
    out.body = json_text(value);
    return out;
}

response text_response(std::string text, int status) {
    response out;
    out.status = status;
    out.content_type = "text/plain; charset=utf-8";
    out.body = std::move(text);
    return out;
}

response stream_response(stream_body body) {
    response out;
    out.content_type = "application/x-ndjson";
    out.stream = std::move(body);
    return out;
}

response accepted_response(std::string_view operation_id, const json::value& value) {
    response out = json_response(value, 202);
    out.headers.emplace_back("Location", "/v1/operations/" + std::string(operation_id));
    return out;
}

json::object problem_object(const error& e) {
    const problems::entry& row = problems::find(e.code);
    json::object out{
        {"type", "urn:headspace:problem:" + std::string(row.name)},
        {"title", row.title},
        {"status", row.http_status},
        {"detail", e.message},
        {"code", row.name},
        {"exit_code", static_cast<int>(row.exit)},
    };
    if (!e.hint.empty())
        out["hint"] = e.hint;
    if (e.code == errc::edited_revision && !e.detail.empty())
        out["diff"] = e.detail;
    if (!e.sqlstate.empty())
        out["sqlstate"] = e.sqlstate;
    if (!e.file.empty())
        out["file"] = e.file;
    if (e.line != 0)
        out["line"] = e.line;
    return out;
}

response problem_response(const error& e, json::object more) {
    json::object body = problem_object(e);
    const int status = static_cast<int>(body.at("status").as_int64());
    for (auto& member : more)
        body[member.key()] = std::move(member.value());
    response out = json_response(std::move(body), status);
    out.content_type = "application/problem+json";
    return out;
}

} // namespace headspace::admin
