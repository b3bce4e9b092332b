#include "daemon/handlers/handlers.hpp"

#include <array>
#include <pwd.h>

namespace headspace::daemon {

admin::router make_router(services& s) {
    admin::router router;
    add_health_routes(router, s);
    add_status_routes(router, s);
    add_pool_routes(router, s);
    add_config_routes(router, s);
    add_migration_routes(router, s);
    add_operation_routes(router, s);
    return router;
}

std::string peer_user(const admin::peer& from) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    if (from.local && ::getpwuid_r(from.uid, &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr)
        return entry.pw_name;
    return "uid " + std::to_string(from.uid);
}

std::string peer_text(const admin::peer& from) {
    const std::string user = peer_user(from);
    const std::string number = "uid " + std::to_string(from.uid);
    return user == number ? number : number + " (" + user + ")";
}

} // namespace headspace::daemon
