// GET /v1/config, POST /v1/reload and /v1/log-level.
#include "daemon/handlers/handlers.hpp"

namespace headspace::daemon {

namespace {

boost::json::array strings(const std::vector<std::string>& all) {
    return boost::json::array(all.begin(), all.end());
}

boost::json::object config_json(services& s) {
    const config::effective& now = s.config.in_force();
    boost::json::array values;
    for (const config::row& row : config::rows(now))
        values.push_back({{"key", row.key}, {"value", row.value}, {"source", row.source}});
    return {{"masked", s.target()},
            {"file", now.file.string()},
            {"values", std::move(values)},
            {"warnings", strings(now.warnings)}};
}

asio::awaitable<admin::response> reload(services& s) {
    const reload_outcome outcome = co_await s.reload();
    if (!outcome.diagnostics.empty()) {
        const error e =
            make_error(errc::reload_refused, error_class::refuse, outcome.diagnostics.front(),
                       "the old configuration stays in force; mend it and reload again");
        co_return admin::problem_response(e, {{"diagnostics", strings(outcome.diagnostics)}});
    }
    const bool unchanged = outcome.changed.empty() && outcome.needs_restart.empty();
    co_return admin::json_response(
        boost::json::object{{"changed", strings(outcome.changed)},
                            {"needs_restart", strings(outcome.needs_restart)},
                            {"unchanged", unchanged}});
}

admin::response set_log_level(services& s, const admin::request& req) {
    const auto body = admin::body_object(req, {"level"});
    if (!body.has_value())
        return admin::problem_response(body.error());
    const boost::json::value* word = body->if_contains("level");
    log_level level = log_level::info;
    if (word == nullptr || !word->is_string() || !log::parse_level(word->get_string(), level))
        return admin::problem_response(make_error(errc::bad_request, error_class::refuse,
                                                  "\"level\" is missing or unknown",
                                                  "use trace, debug, info, warning or error"));
    const log_level previous = s.logger.level();
    s.logger.set_level(level);
    return admin::json_response(
        boost::json::object{{"level", to_string(level)}, {"previous", to_string(previous)}});
}

} // namespace

void add_config_routes(admin::router& router, services& s) {
    const admin::plain_handler show = [&s](const admin::request&) {
        return admin::json_response(config_json(s));
    };
    const admin::handler again = [&s](const admin::request&) {
        return reload(s);
    };
    const admin::plain_handler level = [&s](const admin::request& req) {
        return set_log_level(s, req);
    };
    router.add("GET", "/v1/config", admin::scope::admin, show);
    router.add("POST", "/v1/reload", admin::scope::admin, again);
    router.add("POST", "/v1/log-level", admin::scope::admin, level);
}

} // namespace headspace::daemon
