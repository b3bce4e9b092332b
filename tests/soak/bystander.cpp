#include "soak/bystander.hpp"

#include "soak/accounts.hpp"

#include <boost/json/parse.hpp>

#include <utility>

namespace headspace::soak {

using namespace headspace::test;

bystander::bystander(world& w) : world_(w), thread_([this] { ask_all_the_time(); }) {}

bystander::~bystander() {
    stop_ = true;
    thread_.join();
}

std::string bystander::complaint() {
    const std::lock_guard lock(guard_);
    return std::exchange(complaint_, {});
}

void bystander::complain(std::string what) {
    const std::lock_guard lock(guard_);
    if (complaint_.empty())
        complaint_ = std::move(what);
}

void bystander::ask(const std::string& target) {
    // Not through the harness: that is the main thread's.
    admin::client client({{world_.daemon.socket().string(), false}}, {.restart_retries = 0});
    const auto reply = client.send({"GET", target, {}, 30s});
    ++asked_;
    if (!reply.has_value())
        return complain(target + ": " + reply.error().text());
    const bool may_fail = target == "/health/db" || target == "/readyz";
    if (reply->status != 200 && !(may_fail && reply->status == 503))
        return complain(target + ": " + std::to_string(reply->status) + " " + reply->body);
    if (target != "/v1/pool")
        return;
    if (const std::string wrong = check_pool(boost::json::parse(reply->body)); !wrong.empty())
        complain(wrong);
}

void bystander::ask_all_the_time() {
    while (!stop_) {
        for (const char* target : {"/livez", "/health", "/v1/pool", "/health/db", "/readyz",
                                   "/v1/status", "/v1/migrations", "/metrics"}) {
            const std::shared_lock among_others(world_.quiet);
            ask(target);
        }
        pause_briefly();
    }
}

} // namespace headspace::soak
