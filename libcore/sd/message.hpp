// The datagrams of sd_notify(3), as text. Pure: what is said is decided and tested here, notify
// only sends it.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace headspace::sd {

std::string ready_message(std::string_view status);
/// RELOADING=1 with MONOTONIC_USEC in the same datagram, as systemd 253 demands; `monotonic` is
/// CLOCK_MONOTONIC.
std::string reloading_message(duration monotonic, std::string_view status);
std::string stopping_message(std::string_view status);
std::string status_message(std::string_view status);
std::string extend_timeout_message(duration timeout, std::string_view status);
/// STATUS and ERRNO before a failed exit; systemctl status shows both.
std::string failed_message(std::string_view status, int errno_value);

/// STATUS= is one line: control characters become blanks.
std::string one_line(std::string_view text);

} // namespace headspace::sd
