// Who may change things: admin.operators.
#pragma once

#include "admin/server.hpp"
#include "base/time.hpp"
#include "io/asio.hpp"
#include "io/blocking.hpp"

#include <functional>
#include <map>
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
    bool late = false;                // the unknown ones are still being looked up

    [[nodiscard]] bool may_change(const admin::peer& from) const;
    /// For the log, one for each name that nobody has.
    [[nodiscard]] std::vector<std::string> warnings() const;
};

/// Root, `own` and those named (user names or uids); with an empty list everyone. Names are looked
/// up here, once.
operators make_operators(const std::vector<std::string>& listed, uid_t own,
                         const user_lookup& find = find_user);

/// make_operators() where a lookup may last, since the user database may be a directory service
/// behind a network: it is asked on a thread. Names that do not come in time are `late`; those that
/// were found before stay known then. Not thread-safe: use it on one executor.
class operator_lookup {
public:
    explicit operator_lookup(user_lookup find = find_user) : find_(std::move(find)) {}

    /// Blocks the caller until `until` at most: for the start, before the loop turns.
    operators wait(const std::vector<std::string>& listed, uid_t own, time_point until);
    asio::awaitable<operators> look_up(std::vector<std::string> listed, uid_t own,
                                       time_point until);

private:
    using users = std::map<std::string, std::optional<uid_t>>;
    [[nodiscard]] std::function<users()> question(const std::vector<std::string>& listed) const;
    operators answer(const std::vector<std::string>& listed, uid_t own,
                     const std::optional<users>& found);

    user_lookup find_;
    io::blocking thread_{1};
    std::map<std::string, uid_t> known_;
};

} // namespace headspace::daemon
