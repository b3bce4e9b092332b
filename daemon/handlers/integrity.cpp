// POST /v1/migrations/dump.
#include "daemon/dump.hpp"
#include "daemon/handlers/handlers.hpp"

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

} // namespace

void add_integrity_routes(admin::router& router, services& s) {
    const admin::handler dumping = [&s](admin::request req) -> asio::awaitable<admin::response> {
        co_return co_await dump(s, std::move(req));
    };
    router.add("POST", "/v1/migrations/dump", admin::scope::admin, dumping);
}

} // namespace headspace::daemon
