// Who asks: the names of peers, for logs and the ledger.
#pragma once

#include "admin/message.hpp"
#include "io/account.hpp"
#include "io/asio.hpp"
#include "io/blocking.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace headspace::daemon {

/// The user database may be a directory service behind a network: it is asked on a thread, and once
/// a uid. Not thread-safe: use it on its executor.
class peer_names {
public:
    using lookup = std::function<result<io::account>(uid_t)>;
    explicit peer_names(lookup find = [](uid_t uid) { return io::find_account(uid); })
        : find_(std::move(find)) {}

    /// "alice", or "uid 1000" for who has no name or whose name does not come by `until`.
    asio::awaitable<std::string> name_of(admin::peer from, time_point until);

private:
    lookup find_;
    io::blocking thread_{1};
    std::map<uid_t, std::string> known_;
};

/// "uid 1000 (alice)"
[[nodiscard]] std::string peer_text(const admin::peer& from, std::string_view name);

} // namespace headspace::daemon
