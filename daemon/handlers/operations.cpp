// GET and DELETE /v1/operations/{id}, GET /v1/events.
#include "daemon/handlers/handlers.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace headspace::daemon {

namespace {

admin::response unknown(std::string_view id) {
    return admin::problem_response(make_error(errc::not_found, error_class::refuse,
                                              "no operation " + std::string(id),
                                              "only the last operations are remembered"));
}

std::string lost_lines(std::uint64_t count) {
    return boost::json::serialize(boost::json::object{
        {"time", format_utc(std::chrono::system_clock::now())},
        {"level", "warning"},
        {"message", std::to_string(count) + (count == 1 ? " line was" : " lines were") +
                        " left out here: they came faster than they could be sent"},
        {"event", "lines_lost"},
        {"lost", count}});
}

asio::awaitable<void> copy_lines(std::shared_ptr<line_feed> feed, std::uint64_t from,
                                 admin::stream_writer& out) {
    std::uint64_t position = from;
    for (;;) {
        const std::uint64_t wanted = position;
        const std::optional<std::string> line = co_await line_feed::next(feed, &position);
        if (!line)
            co_return;
        const std::uint64_t lost = position - 1 - wanted;
        if (lost > 0 && !out.send(lost_lines(lost)))
            co_return;
        if (!out.send(*line))
            co_return;
    }
}

admin::stream_body follow(std::shared_ptr<line_feed> feed, std::uint64_t from) {
    return [feed = std::move(feed), from](admin::stream_writer& out) {
        return copy_lines(feed, from, out);
    };
}

admin::response show(services& s, const admin::request& req) {
    const auto op = s.ops.find(req.capture("id"));
    if (!op)
        return unknown(req.capture("id"));
    if (req.wants_ndjson())
        return admin::stream_response(follow(op->feed, 0));
    return admin::json_response(operation_json(*op));
}

admin::response cancel(services& s, const admin::request& req) {
    const auto op = s.ops.find(req.capture("id"));
    if (!op)
        return unknown(req.capture("id"));
    if (op->state == operation_state::running && op->cancel)
        op->cancel();
    return admin::accepted_response(op->id, operation_json(*op));
}

} // namespace

boost::json::object operation_json(const operation& op) {
    boost::json::object out{{"id", op.id},
                            {"kind", op.kind},
                            {"state", to_string(op.state)},
                            {"requested_by", op.requested_by},
                            {"started", format_utc(op.started)}};
    if (op.state != operation_state::running)
        out["ended"] = format_utc(op.ended);
    if (!op.progress.empty())
        out["progress"] = op.progress;
    if (!op.blocked_by.empty())
        out["blocked_by"] = op.blocked_by;
    if (!op.outcome.empty())
        out["outcome"] = boost::json::parse(op.outcome);
    return out;
}

admin::response started_response(const services& s,
                                 const result<std::shared_ptr<operation>>& begun) {
    if (begun.has_value())
        return admin::accepted_response((*begun)->id, operation_json(**begun));
    boost::json::object more;
    if (const auto running = s.ops.running())
        more["operation"] = operation_json(*running);
    return admin::problem_response(begun.error(), std::move(more));
}

void add_operation_routes(admin::router& router, services& s) {
    const admin::plain_handler one = [&s](const admin::request& req) {
        return show(s, req);
    };
    const admin::plain_handler end = [&s](const admin::request& req) {
        return cancel(s, req);
    };
    const admin::plain_handler events = [&s](const admin::request&) {
        const auto& lines = s.events.lines();
        return admin::stream_response(follow(lines, lines->end()));
    };
    router.add("GET", "/v1/operations/{id}", admin::scope::admin, one);
    router.add("DELETE", "/v1/operations/{id}", admin::scope::admin, end);
    router.add("GET", "/v1/events", admin::scope::admin, events);
}

} // namespace headspace::daemon
