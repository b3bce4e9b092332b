// Who may change things: admin.operators.
#pragma once

#include "admin/server.hpp"

#include <string>
#include <vector>

namespace headspace::daemon {

/// Root, our own user and those named (user names or uids); with an empty list whoever may open the
/// socket. Names are looked up here, once: a name that no user has matches nobody.
admin::operator_check make_operator_check(const std::vector<std::string>& operators);

} // namespace headspace::daemon
