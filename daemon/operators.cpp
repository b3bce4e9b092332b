#include "daemon/operators.hpp"

#include <cerrno>
#include <charconv>
#include <future>
#include <memory>
#include <pwd.h>
#include <utility>

namespace headspace::daemon {

namespace {

std::optional<uid_t> as_number(const std::string& name) {
    uid_t uid = 0;
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data(), end, uid);
    if (parsed.ec != std::errc{} || parsed.ptr != end)
        return std::nullopt;
    return uid;
}

} // namespace

std::optional<uid_t> find_user(const std::string& name) {
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> buffer(4096);
    int failure = 0;
    while ((failure = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found)) ==
           ERANGE)
        buffer.resize(buffer.size() * 2);
    if (failure != 0 || found == nullptr)
        return std::nullopt;
    return entry.pw_uid;
}

bool operators::may_change(const admin::peer& from) const {
    return everyone || (from.local && allowed.contains(from.uid));
}

std::vector<std::string> operators::warnings() const {
    std::vector<std::string> out;
    for (const std::string& name : unknown)
        out.push_back("[admin].operators: " +
                      (late ? "\"" + name + "\" is still being looked up and"
                            : "there is no user \"" + name + "\", so the name") +
                      " lets nobody in" + (late ? " until then" : ""));
    return out;
}

operators make_operators(const std::vector<std::string>& listed, uid_t own,
                         const user_lookup& find) {
    operators out;
    if (listed.empty())
        return out;
    out.everyone = false;
    out.allowed = {0, own};
    for (const std::string& name : listed) {
        if (const auto uid = as_number(name))
            out.allowed.insert(*uid);
        else if (const auto found = find(name))
            out.allowed.insert(*found);
        else
            out.unknown.push_back(name);
    }
    return out;
}

std::function<operator_lookup::users()>
operator_lookup::question(const std::vector<std::string>& listed) const {
    std::vector<std::string> names;
    for (const std::string& name : listed)
        if (!as_number(name))
            names.push_back(name);
    if (names.empty())
        return {};
    return [find = find_, names = std::move(names)] {
        users found;
        for (const std::string& name : names)
            found.emplace(name, find(name));
        return found;
    };
}

operators operator_lookup::answer(const std::vector<std::string>& listed, uid_t own,
                                  const std::optional<users>& found) {
    if (found) {
        known_.clear();
        for (const auto& [name, uid] : *found)
            if (uid)
                known_.emplace(name, *uid);
    }
    operators out = make_operators(listed, own, [this](const std::string& name) {
        const auto known = known_.find(name);
        return known == known_.end() ? std::nullopt : std::optional<uid_t>(known->second);
    });
    out.late = !found;
    return out;
}

operators operator_lookup::wait(const std::vector<std::string>& listed, uid_t own,
                                time_point until) {
    auto ask = question(listed);
    if (!ask)
        return answer(listed, own, users{});
    const auto told = std::make_shared<std::promise<users>>();
    std::future<users> found = told->get_future();
    const bool accepted = thread_.submit([told, ask = std::move(ask)] { told->set_value(ask()); });
    if (!accepted || found.wait_until(until) != std::future_status::ready)
        return answer(listed, own, std::nullopt);
    return answer(listed, own, found.get());
}

asio::awaitable<operators> operator_lookup::look_up(std::vector<std::string> listed, uid_t own,
                                                    time_point until) {
    auto ask = question(listed);
    if (!ask)
        co_return answer(listed, own, users{});
    std::string what = "the names of [admin].operators";
    const auto found = co_await thread_.run(std::move(ask), until, std::move(what));
    std::optional<users> in_time;
    if (found.has_value())
        in_time = *found;
    co_return answer(listed, own, in_time);
}

} // namespace headspace::daemon
