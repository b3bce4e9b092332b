// Descriptors passed by the service manager: sockets (socket activation) and what was kept.
#pragma once

#include "base/error.hpp"

#include <optional>

namespace headspace::sd {

struct passed_descriptors {
    /// The listening Unix stream socket named "admin", or the only socket when none has that name.
    std::optional<int> admin_socket;
    /// The memory that kept_text put into the service manager's store, in an earlier life of this
    /// service.
    std::optional<int> kept;
};

/// LISTEN_* are removed from the environment. Errors: config_invalid when what was passed cannot
/// serve as the admin socket, naming what it is.
result<passed_descriptors> take_passed();

} // namespace headspace::sd
