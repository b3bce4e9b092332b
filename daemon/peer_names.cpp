#include "daemon/peer_names.hpp"

#include <utility>

namespace headspace::daemon {

namespace {

std::string number_of(const admin::peer& from) {
    return "uid " + std::to_string(from.uid);
}

} // namespace

asio::awaitable<std::string> peer_names::name_of(admin::peer from, time_point until) {
    if (!from.local)
        co_return number_of(from);
    if (const auto found = known_.find(from.uid); found != known_.end())
        co_return found->second;
    auto ask = [find = find_, uid = from.uid] {
        const result<io::account> found = find(uid);
        return found.has_value() ? found->name : std::string();
    };
    std::string what = "the name of " + number_of(from);
    const auto answer = co_await thread_.run(std::move(ask), until, std::move(what));
    if (answer.has_error())
        co_return number_of(from); // it is asked again next time
    std::string name = answer->empty() ? number_of(from) : *answer;
    known_.emplace(from.uid, name);
    co_return name;
}

std::string peer_text(const admin::peer& from, std::string_view name) {
    const std::string number = number_of(from);
    return name == number ? number : number + " (" + std::string(name) + ")";
}

} // namespace headspace::daemon
