// Sockets passed by the service manager (socket activation).
#pragma once

#include "base/error.hpp"

#include <optional>

namespace headspace::sd {

/// The listening Unix stream socket named "admin", or the only one passed when none has that name.
/// Nothing when no socket was passed. LISTEN_* are removed from the environment. Errors:
/// config_invalid when what was passed cannot serve as the admin socket, naming what it is.
result<std::optional<int>> take_admin_socket();

} // namespace headspace::sd
