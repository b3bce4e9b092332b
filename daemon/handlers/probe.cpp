// POST /v1/probe: what `headspacectl doctor` asks of a daemon that runs.
#include "daemon/probe.hpp"

#include "daemon/connecting.hpp"
#include "daemon/handlers/handlers.hpp"
#include "daemon/probe_judge.hpp"

#include <memory>

namespace headspace::daemon {

namespace {

probe_request request_of(services& s, asio::any_io_executor executor,
                         const config::effective& in_force) {
    const password_listener learned = [&s](const secret& read) {
        s.hide(read);
    };
    // The embedded server's place is known to the migrations' connection only.
    pg::connect_settings pooled =
        in_force.embedded ? s.migration_connection()
                          : make_connect_settings(in_force, s.config.captured(), learned);
    std::optional<pg::connect_settings> migrating;
    if (in_force.migrations_target)
        migrating = s.migration_connection();
    return {std::move(executor), in_force, std::move(pooled), std::move(migrating), [&s] {
                return s.schema.status();
            }};
}

asio::awaitable<admin::response> answer(services& s) {
    // A reload meanwhile must not change what is looked at.
    const auto in_force = std::make_shared<const config::effective>(s.config.in_force());
    const std::string target = s.target();
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    probe_request what = request_of(s, executor, *in_force);
    const probe_facts facts = co_await probe(std::move(what));
    const auto findings = judge(facts, probe_limits_of(*in_force));
    co_return admin::json_response(probe_json(findings, target));
}

/// One at a time: a probe opens connections of its own, beside the pool's.
asio::awaitable<admin::response> answer_alone(services& s, std::shared_ptr<bool> busy) {
    if (*busy)
        co_return admin::problem_response(make_error(errc::operation_running, error_class::retry,
                                                     "another probe is under way",
                                                     "ask again when it has ended"));
    *busy = true;
    const std::shared_ptr<void> over(nullptr, [busy](void*) { *busy = false; });
    admin::response out = co_await answer(s);
    co_return out;
}

} // namespace

void add_probe_routes(admin::router& router, services& s) {
    const auto busy = std::make_shared<bool>(false);
    const admin::handler probing = [&s, busy](admin::request) {
        return answer_alone(s, busy);
    };
    // It changes nothing, so whoever may read may ask for it.
    router.add("POST", "/v1/probe", admin::scope::admin, probing, {.changes = false});
}

} // namespace headspace::daemon
