// POST /v1/migrations/generate.
#include "daemon/handlers/handlers.hpp"
#include "migrate/generate_json.hpp"

#include <memory>
#include <utility>

namespace headspace::daemon {

namespace {

/// Counting events are told in steps of a twentieth: a large schema has thousands.
class thinner {
public:
    bool lets_through(const migrate::generate_progress& p) {
        constexpr std::size_t steps = 20;
        const std::size_t step = p.all == 0 ? 0 : p.done * steps / p.all;
        if (p.text == text_ && step == step_)
            return false;
        text_ = p.text;
        step_ = step;
        return true;
    }

private:
    std::string text_;
    std::size_t step_ = 0;
};

asio::awaitable<result<boost::json::object>>
generate(services& s, std::shared_ptr<task_control> control,
         std::shared_ptr<migrate::generate_request> wanted) {
    control->on_cancel([&s] { s.generator.cancel(); });
    const auto thin = std::make_shared<thinner>();
    // Named: g++ 12 destroys a lambda's captures twice when it is made within a co_await.
    const migrate::generate_sink told = [control, thin](const migrate::generate_progress& p) {
        if (thin->lets_through(p))
            control->tell(migrate::to_json(p));
    };
    auto done = co_await s.generator.run(std::move(*wanted), told);
    control->on_cancel({});
    if (done.has_error())
        co_return done.error();
    co_return migrate::to_json(*done);
}

asio::awaitable<admin::response> start(services& s, admin::request req) {
    auto body = admin::body_object(
        req, {"migrations", "schema", "renames", "online", "strict", "pull", "model"});
    if (!body.has_value())
        co_return admin::problem_response(body.error());
    auto wanted = migrate::read_generate_request(*body);
    if (!wanted.has_value())
        co_return admin::problem_response(wanted.error());
    if (wanted->model && wanted->model->password)
        s.hide(*wanted->model->password);
    const auto shared = std::make_shared<migrate::generate_request>(std::move(*wanted));
    const task work = [&s, shared](std::shared_ptr<task_control> control) {
        return generate(s, std::move(control), shared);
    };
    const time_point until = clock::now() + s.config.in_force().values.admin.request_timeout;
    const std::string name = co_await s.peers.name_of(req.from, until);
    const auto op = s.schema.start_task("generate", peer_text(req.from, name), work);
    if (!op.has_value()) {
        boost::json::object more;
        if (const auto running = s.ops.running())
            more["operation"] = operation_json(*running);
        co_return admin::problem_response(op.error(), std::move(more));
    }
    co_return admin::accepted_response((*op)->id, operation_json(**op));
}

} // namespace

void add_generate_routes(admin::router& router, services& s) {
    const admin::handler run = [&s](admin::request req) -> asio::awaitable<admin::response> {
        co_return co_await start(s, std::move(req));
    };
    admin::route_options options;
    options.files = true;
    router.add("POST", "/v1/migrations/generate", admin::scope::admin, run, options);
}

} // namespace headspace::daemon
