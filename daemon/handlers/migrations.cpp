// GET /v1/migrations, POST /v1/migrations/{upgrade,downgrade,stamp,adopt,repair}.
#include "daemon/handlers/handlers.hpp"
#include "migrate/json.hpp"

#include <utility>

namespace headspace::daemon {

namespace {

using boost::json::value;

error wrong_type(std::string_view member, std::string_view wanted) {
    return make_error(errc::bad_request, error_class::refuse,
                      "\"" + std::string(member) + "\" must be " + std::string(wanted));
}

std::string default_target(migrate::direction what) {
    switch (what) {
    case migrate::direction::downgrade:
        return "-1";
    case migrate::direction::repair:
        return {};
    case migrate::direction::upgrade:
    case migrate::direction::stamp:
    case migrate::direction::adopt:
        break;
    }
    return "head";
}

/// {"expected":{REVISION: checksum},"answer":"done"|"again"}
result<void> read_repair(const boost::json::object& body, migrate::request& out) {
    if (const value* expected = body.if_contains("expected")) {
        if (!expected->is_object())
            return wrong_type("expected", "an object of checksums by revision");
        for (const auto& member : expected->get_object()) {
            if (!member.value().is_string())
                return wrong_type("expected", "an object of checksums by revision");
            out.expected.emplace(member.key(), member.value().get_string());
        }
    }
    if (const value* answer = body.if_contains("answer")) {
        if (*answer == "done")
            out.answer = migrate::statement_answer::done;
        else if (*answer == "again")
            out.answer = migrate::statement_answer::again;
        else
            return wrong_type("answer", "\"done\" or \"again\"");
    }
    return {};
}

result<migrate::request> read_request(const admin::request& req, migrate::direction what) {
    auto body = what == migrate::direction::adopt
                    ? admin::body_object(req, {"from", "dry_run"})
                    : admin::body_object(req, {"target", "allow_destructive", "allow_out_of_order",
                                               "purge", "dry_run", "expected", "answer"});
    if (!body.has_value())
        return body.error();
    migrate::request out;
    out.what = what;
    out.target = default_target(what);
    if (const value* target = body->if_contains("target")) {
        if (!target->is_string())
            return wrong_type("target", "a string");
        out.target = target->get_string();
    }
    if (const value* from = body->if_contains("from")) {
        if (!from->is_string())
            return wrong_type("from", "a string");
        out.from = from->get_string();
    }
    for (const auto& [name, flag] :
         {std::pair("allow_destructive", &out.allow_destructive),
          std::pair("allow_out_of_order", &out.allow_out_of_order), std::pair("purge", &out.purge),
          std::pair("dry_run", &out.dry_run)}) {
        if (const value* given = body->if_contains(name)) {
            if (!given->is_bool())
                return wrong_type(name, "true or false");
            *flag = given->get_bool();
        }
    }
    if (auto repair = read_repair(*body, out); repair.has_error())
        return repair.error();
    return out;
}

asio::awaitable<admin::response> start(services& s, admin::request req, migrate::direction what) {
    auto wanted = read_request(req, what);
    if (!wanted.has_value())
        co_return admin::problem_response(wanted.error());
    const time_point until = clock::now() + s.config.in_force().values.admin.request_timeout;
    wanted->requested_by = co_await s.peers.name_of(req.from, until);
    std::string who = peer_text(req.from, wanted->requested_by);
    co_return started_response(s, s.schema.start(std::move(*wanted), std::move(who)));
}

asio::awaitable<admin::response> show(services& s, admin::request req) {
    const migrate::migration_status status = co_await s.schema.status();
    const std::string_view wanted = req.capture("revision");
    for (const migrate::history_entry& row : status.history) {
        if (row.revision != wanted)
            continue;
        boost::json::object body{{"revision", row.revision},
                                 {"state", row.state},
                                 {"message", row.message},
                                 {"applied_at", row.applied_at},
                                 {"applied_by", row.applied_by},
                                 {"duration_ms", row.duration_ms},
                                 {"file", row.file},
                                 {"error", row.error}};
        co_return admin::json_response(body);
    }
    for (const migrate::pending_revision& row : status.pending) {
        if (row.revision != wanted)
            continue;
        boost::json::object body{{"revision", row.revision},
                                 {"state", "pending"},
                                 {"message", row.message},
                                 {"destructive", row.destructive}};
        co_return admin::json_response(body);
    }
    if (status.problem)
        co_return admin::problem_response(*status.problem);
    const error e = make_error(errc::unknown_revision, error_class::refuse,
                               "no revision " + std::string(wanted));
    co_return admin::problem_response(e);
}

} // namespace

void add_migration_routes(admin::router& router, services& s) {
    const admin::handler status = [&s](admin::request) -> asio::awaitable<admin::response> {
        const migrate::migration_status now = co_await s.schema.status();
        boost::json::object body = migrate::to_json(now);
        body["database"] = s.target();
        if (now.problem)
            body["problem"] = admin::problem_object(*now.problem);
        co_return admin::json_response(body);
    };
    const admin::handler one = [&s](admin::request req) -> asio::awaitable<admin::response> {
        co_return co_await show(s, std::move(req));
    };
    router.add("GET", "/v1/migrations", admin::scope::admin, status);
    router.add("GET", "/v1/migrations/{revision}", admin::scope::admin, one);
    for (const auto what :
         {migrate::direction::upgrade, migrate::direction::downgrade, migrate::direction::stamp,
          migrate::direction::adopt, migrate::direction::repair}) {
        const admin::handler run = [&s,
                                    what](admin::request req) -> asio::awaitable<admin::response> {
            co_return co_await start(s, std::move(req), what);
        };
        router.add("POST", "/v1/migrations/" + std::string(migrate::to_string(what)),
                   admin::scope::admin, run);
    }
}

} // namespace headspace::daemon
