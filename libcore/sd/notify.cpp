#include "sd/notify.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace headspace::sd {

void notify(const std::string& message) noexcept {
    ::sd_notify(0, message.c_str());
}

std::optional<duration> watchdog_interval() noexcept {
    std::uint64_t usec = 0;
    if (::sd_watchdog_enabled(0, &usec) <= 0)
        return std::nullopt;
    return std::chrono::microseconds(usec);
}

} // namespace headspace::sd
