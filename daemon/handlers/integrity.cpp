// POST /v1/migrations/check, POST /v1/migrations/dump.
#include "base/jitter.hpp"
#include "daemon/dump.hpp"
#include "daemon/generating.hpp"
#include "daemon/handlers/handlers.hpp"
#include "migrate/check_json.hpp"
#include "migrate/scratch_making.hpp"

#include <memory>
#include <random>
#include <string>
#include <utility>

namespace headspace::daemon {

namespace {

asio::awaitable<std::string> who_asks(services& s, admin::peer from) {
    const time_point until = clock::now() + s.config.in_force().values.admin.request_timeout;
    const std::string name = co_await s.peers.name_of(from, until);
    co_return peer_text(from, name);
}

asio::awaitable<admin::response> dump(services& s, admin::request req) {
    if (const auto body = admin::body_object(req, {}); body.has_error())
        co_return admin::problem_response(body.error());
    std::string who = co_await who_asks(s, req.from);
    const config::effective& now = s.config.in_force();
    dump_options options;
    options.connector = s.migration_connector();
    options.connection = s.migration_connection();
    options.bindir = now.values.embedded.bindir;
    options.runtime_directory = now.runtime_directory;
    options.connect_timeout = now.values.database.connect_round_timeout;
    options.query_timeout = now.values.database.query_timeout;
    options.lock_timeout = now.values.migrations.lock_timeout;
    options.dump_timeout = now.values.migrations.dump_timeout;
    co_return started_response(
        s, s.schema.start_task("dump", std::move(who), dump_task(std::move(options))));
}

/// Counting events are told in steps of a twentieth: a long history has thousands.
migrate::check_sink thinned(std::shared_ptr<task_control> control) {
    constexpr std::size_t steps = 20;
    auto last = std::make_shared<std::pair<std::string, std::size_t>>();
    return [control = std::move(control), last](const std::string& what, std::size_t done,
                                                std::size_t all) {
        const std::pair<std::string, std::size_t> now(what, all == 0 ? 0 : done * steps / all);
        if (now == *last)
            return;
        *last = now;
        control->tell({{"event", "checking"}, {"text", what}, {"done", done}, {"all", all}});
    };
}

asio::awaitable<result<boost::json::object>>
run_check(services& s, std::shared_ptr<task_control> control,
          std::shared_ptr<migrate::check_request> wanted) {
    const config::effective& now = s.config.in_force();
    const auto executor = co_await asio::this_coro::executor;
    const auto making =
        make_generate_settings(executor, now, s.migration_connection(), s.migration_connector());
    random_jitter jitter(std::random_device{}());
    const auto databases =
        std::make_shared<migrate::scratch>(migrate::make_scratch_options(executor, making, jitter));
    migrate::check_settings settings;
    settings.target = making.target;
    settings.connect_timeout = now.values.database.connect_round_timeout;
    settings.query_timeout = now.values.database.query_timeout;
    settings.scratch_timeout = now.values.migrations.scratch_timeout;
    control->on_cancel([databases] { databases->cancel(); });
    const migrate::check_sink told = thinned(control);
    auto done = co_await migrate::check(std::move(settings), databases, *wanted, told);
    control->on_cancel({});
    if (done.has_error())
        co_return done.error();
    boost::json::object out = migrate::to_json(*done);
    if (done->incomplete)
        out["incomplete"] = admin::problem_object(*done->incomplete);
    co_return out;
}

asio::awaitable<admin::response> check(services& s, admin::request req) {
    auto body = admin::body_object(req, {"revisions", "drift", "roundtrip", "strict"});
    if (body.has_error())
        co_return admin::problem_response(body.error());
    auto wanted = migrate::read_check_request(*body);
    if (wanted.has_error())
        co_return admin::problem_response(wanted.error());
    std::string who = co_await who_asks(s, req.from);
    const auto shared = std::make_shared<migrate::check_request>(std::move(*wanted));
    const task work = [&s, shared](std::shared_ptr<task_control> control) {
        return run_check(s, std::move(control), shared);
    };
    co_return started_response(s, s.schema.start_task("check", std::move(who), work));
}

} // namespace

void add_integrity_routes(admin::router& router, services& s) {
    const admin::handler dumping = [&s](admin::request req) -> asio::awaitable<admin::response> {
        co_return co_await dump(s, std::move(req));
    };
    router.add("POST", "/v1/migrations/dump", admin::scope::admin, dumping);
    const admin::handler checking = [&s](admin::request req) -> asio::awaitable<admin::response> {
        co_return co_await check(s, std::move(req));
    };
    admin::route_options files;
    files.files = true;
    router.add("POST", "/v1/migrations/check", admin::scope::admin, checking, files);
}

} // namespace headspace::daemon
