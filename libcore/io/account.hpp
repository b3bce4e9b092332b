// Users of the system, and who a child process may run as.
#pragma once

#include "base/error.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace headspace::io {

/// Who a child runs as; only root may change that.
struct account {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups; // all of them, `gid` included
};

/// From the system's user database. Errors: io_failed (refuse) when there is no such user.
result<account> find_account(const std::string& name);
result<account> find_account(uid_t uid);

} // namespace headspace::io
