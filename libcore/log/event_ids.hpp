// The MESSAGE_ID of each kind of event, by which `journalctl MESSAGE_ID=...` and catalogues find it
// in any version and language. Pure.
#pragma once

#include <span>
#include <string_view>

namespace headspace::log {

struct event_id {
    std::string_view name; // log_event::name
    std::string_view id;   // 32 hexadecimal digits, as `systemd-id128 new` makes them
};

/// By name. An id is never changed and never given to another event.
[[nodiscard]] std::span<const event_id> event_ids() noexcept;
/// "" for an event that has none.
[[nodiscard]] std::string_view message_id(std::string_view event) noexcept;

} // namespace headspace::log
