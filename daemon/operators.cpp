#include "daemon/operators.hpp"

#include <array>
#include <charconv>
#include <pwd.h>
#include <set>
#include <unistd.h>

namespace headspace::daemon {

admin::operator_check make_operator_check(const std::vector<std::string>& operators) {
    if (operators.empty())
        return {};
    std::set<uid_t> allowed{0, ::geteuid()};
    for (const std::string& name : operators) {
        uid_t uid = 0;
        const char* end = name.data() + name.size();
        const auto parsed = std::from_chars(name.data(), end, uid);
        if (parsed.ec == std::errc{} && parsed.ptr == end) {
            allowed.insert(uid);
            continue;
        }
        passwd entry{};
        passwd* found = nullptr;
        std::array<char, 4096> buffer{};
        if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
            found != nullptr)
            allowed.insert(entry.pw_uid);
    }
    return [allowed](const admin::peer& from) {
        return from.local && allowed.contains(from.uid);
    };
}

} // namespace headspace::daemon
