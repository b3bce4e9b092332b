// The vocabulary between pool_core and its driver: what happened (events) and what to do (actions).
#pragma once

#include "base/error.hpp"
#include "base/event.hpp"
#include "base/time.hpp"
#include "pool/pool_settings.hpp"

#include <cstdint>
#include <string_view>
#include <variant>

namespace headspace::pool {

/// One place for a connection. The epoch changes with everything that is begun there, so that a
/// late completion (an aborted ping, the watch of an earlier life) is told from the current one.
struct slot_id {
    std::uint32_t index = 0;
    std::uint32_t epoch = 0;
    friend bool operator==(slot_id, slot_id) = default;
};

/// Who asks for a connection: a small number of the driver's, free again after its one outcome.
using request_id = std::uint32_t;

enum class on_down : std::uint8_t {
    wait,      // wait to the deadline while the failure is transient
    fail_fast, // answer with the cached error at once: health checks
};

/// In which state a connection came back.
enum class returned : std::uint8_t { clean, in_transaction, busy, broken };

enum class close_reason : std::uint8_t {
    recycle,      // old enough, or `headspacectl pool recycle`
    idle,         // idle for long and more than min_idle
    ping,         // did not answer a ping
    dead_idle,    // ended by the server while idle
    broken,       // lost while in use
    reset_failed, // could not be brought back into its first state
    dirty,        // returned in the middle of a statement
    generation,   // belongs to an older target, or to a server that failed since
    drain,        // shutdown
    abandoned,    // still connecting when it was not wanted any more
};
inline constexpr std::size_t close_reasons = 10;
[[nodiscard]] std::string_view to_string(close_reason reason) noexcept;

namespace events {

struct start {};
struct acquire {
    request_id request = 0;
    time_point until;
    on_down policy = on_down::wait;
    std::string_view purpose; // copied
};
struct cancel {
    request_id request = 0;
};
struct connected {
    slot_id slot;
};
struct connect_failed {
    slot_id slot;
    error cause;
};
struct pinged {
    slot_id slot;
};
struct ping_failed {
    slot_id slot;
    error cause;
};
struct reset_done {
    slot_id slot;
};
struct reset_failed {
    slot_id slot;
    error cause;
};
/// The watch of an idle connection saw its end.
struct lost {
    slot_id slot;
    error cause;
};
struct released {
    slot_id slot;
    returned verdict = returned::clean;
    bool dirty = false;                      // DISCARD ALL before anyone else gets it
    bool wrong_server = false;               // 25006: retire the generation
    time_point answered = time_point::min(); // when the server last answered the borrower
    error cause = {};                        // why it is broken, where that is known
};
struct closed {
    slot_id slot;
};
/// The time of the last arm_timer has come.
struct timer {};
struct reconnect {};
struct recycle {};
/// What statements mean has changed: no connection that may remember an older plan is lent again.
struct schema_changed {};
struct apply {
    pool_settings settings;
    bool new_target = false;
};
struct drain {
    time_point until;
};

} // namespace events

using event = std::variant<events::start, events::acquire, events::cancel, events::connected,
                           events::connect_failed, events::pinged, events::ping_failed,
                           events::reset_done, events::reset_failed, events::lost, events::released,
                           events::closed, events::timer, events::reconnect, events::recycle,
                           events::schema_changed, events::apply, events::drain>;

namespace actions {

struct start_connect {
    slot_id slot;
    time_point until;
};
struct start_ping {
    slot_id slot;
    time_point until;
};
struct start_reset {
    slot_id slot;
    time_point until;
    bool rollback = false;
    bool discard = false;
};
/// Also for a slot whose operation is still running: that is given up. Answered by `closed`.
struct start_close {
    slot_id slot;
    close_reason reason = close_reason::drain;
    bool cancel = false; // what its borrower runs is cancelled first, until `until`
    time_point until;
};
/// The slot is idle: watch it.
struct park {
    slot_id slot;
};
struct grant {
    request_id request = 0;
    slot_id slot;
};
struct fail {
    request_id request = 0;
    error cause;
};
/// Replaces the time armed before.
struct arm_timer {
    time_point at;
};

} // namespace actions

using action = std::variant<actions::start_connect, actions::start_ping, actions::start_reset,
                            actions::start_close, actions::park, actions::grant, actions::fail,
                            actions::arm_timer, log_event>;

} // namespace headspace::pool
