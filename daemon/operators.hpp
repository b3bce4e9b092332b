// Who may change things: admin.operators.
#pragma once

#include "admin/server.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

namespace headspace::daemon {

/// The user with that name.
using user_lookup = std::function<std::optional<uid_t>(const std::string& name)>;
[[nodiscard]] std::optional<uid_t> find_user(const std::string& name);

struct operators {
    bool everyone = true; // whoever may open the socket
    std::set<uid_t> allowed;
    std::vector<std::string> unknown; // names that no user has: they let nobody in

    [[nodiscard]] bool may_change(const admin::peer& from) const;
    /// For the log, one for each name that nobody has.
    [[nodiscard]] std::vector<std::string> warnings() const;
};

/// Root, `own` and those named (user names or uids); with an empty list everyone. Names are looked
/// up here, once.
operators make_operators(const std::vector<std::string>& listed, uid_t own,
                         const user_lookup& find = find_user);

} // namespace headspace::daemon
