#include "daemon/operators.hpp"

#include <cerrno>
#include <charconv>
#include <pwd.h>

namespace headspace::daemon {

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
        out.push_back("[admin].operators: there is no user \"" + name +
                      "\", so the name lets nobody in");
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
        uid_t uid = 0;
        const char* end = name.data() + name.size();
        const auto parsed = std::from_chars(name.data(), end, uid);
        if (parsed.ec == std::errc{} && parsed.ptr == end)
            out.allowed.insert(uid);
        else if (const auto found = find(name))
            out.allowed.insert(*found);
        else
            out.unknown.push_back(name);
    }
    return out;
}

} // namespace headspace::daemon
