// Sends to the service manager. Without one (no NOTIFY_SOCKET) every call does nothing.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>

namespace headspace::sd {

/// Sends one datagram as it is; failures are ignored, as sd_notify(3) advises.
void notify(const std::string& message) noexcept;

/// WATCHDOG_USEC, when it is meant for this process (WATCHDOG_PID).
std::optional<duration> watchdog_interval() noexcept;

} // namespace headspace::sd
