#include "io/resolver.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <sys/socket.h>
#include <utility>

namespace headspace::io {

/// What is known of one name.
struct resolver::entry {
    bool running = false;  // a thread is looking it up
    bool overdue = false;  // and somebody has already waited in vain for it
    std::uint64_t run = 0; // lookups that ended
    std::vector<std::string> last_good;
    result<std::vector<std::string>> last = std::vector<std::string>{};
    std::vector<std::shared_ptr<wakeup>> waiting;
};

/// Outlives the resolver while a thread is in the system's hands.
struct resolver::shared {
    explicit shared(lookup_function f) : lookup(std::move(f)) {}

    const lookup_function lookup;
    std::mutex mutex;
    std::map<std::string, entry> names;

    void look_up(const std::string& name) {
        auto outcome = lookup(name);
        std::vector<std::shared_ptr<wakeup>> woken;
        {
            const std::lock_guard lock(mutex);
            entry& known = names[name];
            if (outcome)
                known.last_good = *outcome;
            else if (outcome.error().code == errc::not_found)
                known.last_good.clear();
            known.last = std::move(outcome);
            known.running = known.overdue = false;
            ++known.run;
            woken.swap(known.waiting);
        }
        for (const auto& one : woken)
            one->wake();
    }
};

namespace {

std::string numeric(const addrinfo& info) {
    char text[NI_MAXHOST];
    const int failed =
        getnameinfo(info.ai_addr, info.ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    return failed == 0 ? text : "";
}

result<std::vector<std::string>> ask_system(const std::string& name) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failed = getaddrinfo(name.c_str(), nullptr, &hints, &found);
    if (failed != 0)
        return make_error(failed == EAI_NONAME ? errc::not_found : errc::io_failed,
                          error_class::retry, gai_strerror(failed));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
    std::vector<std::string> list;
    for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
        const std::string text = numeric(*info);
        if (!text.empty() && std::find(list.begin(), list.end(), text) == list.end())
            list.push_back(text);
    }
    if (list.empty())
        return make_error(errc::io_failed, error_class::retry, "the name has no address");
    return list;
}

error cannot_resolve(errc code, const std::string& name, const std::string& reason) {
    return make_error(code, error_class::retry, "cannot resolve \"" + name + "\": " + reason,
                      "check the host name and the DNS of this machine");
}

bool is_numeric(const std::string& name) {
    error_code not_an_address;
    asio::ip::make_address(name, not_an_address);
    return !not_an_address;
}

} // namespace

resolver::lookup_function resolver::system_lookup() {
    return ask_system;
}

resolver::resolver(std::size_t threads, lookup_function lookup)
    : shared_(std::make_shared<shared>(std::move(lookup))), threads_(threads) {}

resolver::~resolver() = default;

asio::awaitable<result<addresses>> resolver::resolve(std::string name, time_point until) {
    if (is_numeric(name))
        co_return addresses{{name}, false};
    const auto state = shared_;
    const auto event = std::make_shared<wakeup>(co_await asio::this_coro::executor);
    wakeup::waiting waiting(event);
    bool accepted = true;
    std::uint64_t run_before = 0;
    {
        const std::lock_guard lock(state->mutex);
        entry& known = state->names[name];
        if (known.running && known.overdue && !known.last_good.empty())
            co_return addresses{known.last_good, true};
        run_before = known.run;
        known.waiting.push_back(event);
        if (!known.running) {
            accepted = threads_.submit([state, name] { state->look_up(name); });
            known.running = accepted;
        }
    }
    if (!accepted)
        co_return cannot_resolve(errc::io_failed, name, "no thread to do it");
    const error_code ec = co_await waiting.until(until);
    if (ec == asio::error::operation_aborted)
        co_return cannot_resolve(errc::cancelled, name, "cancelled");

    const std::lock_guard lock(state->mutex);
    entry& known = state->names[name];
    std::erase(known.waiting, event);
    const bool answered = known.run != run_before;
    if (answered && known.last)
        co_return addresses{*known.last, false};
    known.overdue = !answered;
    if (!known.last_good.empty())
        co_return addresses{known.last_good, true};
    if (!answered)
        co_return cannot_resolve(errc::timed_out, name, "the resolver does not answer");
    co_return cannot_resolve(errc::io_failed, name, known.last.error().message);
}

} // namespace headspace::io
