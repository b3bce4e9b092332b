#include "io/account.hpp"

#include <algorithm>
#include <grp.h>
#include <pwd.h>
#include <system_error>

namespace headspace::io {

namespace {

result<account> from_entry(int number, const passwd* entry, const std::string& who) {
    if (entry == nullptr)
        return make_error(
            errc::io_failed, error_class::refuse,
            number != 0 ? who + ": " + std::error_code(number, std::generic_category()).message()
                        : "there is no " + who);
    account found{entry->pw_name, entry->pw_uid, entry->pw_gid, std::vector<gid_t>(16)};
    int count = static_cast<int>(found.groups.size());
    while (::getgrouplist(entry->pw_name, entry->pw_gid, found.groups.data(), &count) < 0)
        found.groups.resize(std::max(static_cast<std::size_t>(count), found.groups.size() * 2));
    found.groups.resize(static_cast<std::size_t>(count));
    return found;
}

} // namespace

result<account> find_account(const std::string& name) {
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    const int number = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    return from_entry(number, found, "user '" + name + "'");
}

result<account> find_account(uid_t uid) {
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    const int number = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    return from_entry(number, found, "user with the id " + std::to_string(uid));
}

} // namespace headspace::io
