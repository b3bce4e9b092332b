// Starting, running, reloading, draining, stopped: when READY is due, what systemd is told, when to
// stop. Pure: time comes in as a parameter, notifications go out as text.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::daemon {

enum class phase { starting, running, reloading, draining, stopped };

[[nodiscard]] std::string_view to_string(phase p) noexcept;

/// What the driver has to do after an event, in this order.
struct lifecycle_output {
    std::vector<std::string> notify = {}; // datagrams for the service manager
    bool begin_drain = false;
    bool exit_at_once = false; // a second request to stop
};

class lifecycle {
public:
    /// `upgrade_ordered`: migrations.auto_upgrade; READY then waits for the upgrade while the
    /// database is reachable.
    explicit lifecycle(bool upgrade_ordered) : upgrade_ordered_(upgrade_ordered) {}

    lifecycle_output listening();
    /// The first round of connecting has an outcome, or connect_timeout has passed (then
    /// `connected` is false).
    lifecycle_output first_round_over(bool connected);
    lifecycle_output upgrade_over();
    /// While the start-up migration is really alive: ask for `by` more time.
    lifecycle_output upgrade_progress(duration by, std::string_view progress);

    /// While starting or draining, which may last for `limit`: the service manager's own limit may
    /// be shorter than what was configured here, so it is asked for more.
    [[nodiscard]] lifecycle_output may_last(duration limit) const;

    /// `monotonic` is CLOCK_MONOTONIC. A reload while one runs or while draining is not begun:
    /// empty output, and may_reload() was false.
    [[nodiscard]] bool may_reload() const noexcept { return phase_ == phase::running; }
    lifecycle_output reload_begins(duration monotonic);
    /// `refusal` is empty for a good reload; otherwise STATUS says it until a good one comes.
    lifecycle_output reload_over(std::string_view refusal);

    lifecycle_output stop_requested();
    lifecycle_output drained();

    /// The health line: sent when it changed, at most once a second, and once more when the second
    /// is over.
    std::optional<std::string> status(std::string_view line, time_point now);

    [[nodiscard]] phase current() const noexcept { return phase_; }
    [[nodiscard]] bool ready() const noexcept { return ready_; }

private:
    lifecycle_output maybe_ready();
    [[nodiscard]] std::string with_refusal(std::string_view line) const;

    bool upgrade_ordered_;
    phase phase_ = phase::starting;
    bool listening_ = false;
    bool first_round_over_ = false;
    bool upgrade_pending_ = false;
    bool ready_ = false;
    std::string refusal_;
    std::string line_ = "Starting";
    std::string sent_;
    std::optional<time_point> sent_at_;
};

} // namespace headspace::daemon
