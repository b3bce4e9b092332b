#include "daemon/lifecycle.hpp"

#include "sd/message.hpp"

namespace headspace::daemon {

using namespace std::chrono_literals;

std::string_view to_string(phase p) noexcept {
    switch (p) {
    case phase::starting:
        return "starting";
    case phase::running:
        return "running";
    case phase::reloading:
        return "reloading";
    case phase::draining:
        return "draining";
    case phase::stopped:
        return "stopped";
    }
    return "stopped";
}

std::string lifecycle::with_refusal(std::string_view line) const {
    if (refusal_.empty())
        return std::string(line);
    return "Reload failed: " + refusal_ + "; running with the old configuration. " +
           std::string(line);
}

lifecycle_output lifecycle::maybe_ready() {
    if (ready_ || phase_ != phase::starting || !listening_ || !first_round_over_ ||
        upgrade_pending_)
        return {};
    ready_ = true;
    phase_ = phase::running;
    return {.notify = {sd::ready_message(with_refusal(line_))}};
}

lifecycle_output lifecycle::listening() {
    listening_ = true;
    return maybe_ready();
}

lifecycle_output lifecycle::first_round_over(bool connected) {
    if (first_round_over_)
        return {};
    first_round_over_ = true;
    upgrade_pending_ = upgrade_ordered_ && connected;
    return maybe_ready();
}

lifecycle_output lifecycle::upgrade_over() {
    upgrade_pending_ = false;
    return maybe_ready();
}

lifecycle_output lifecycle::upgrade_progress(duration by, std::string_view progress) {
    if (phase_ != phase::starting)
        return {};
    return {.notify = {sd::extend_timeout_message(by, progress)}};
}

lifecycle_output lifecycle::may_last(duration limit) const {
    if (phase_ != phase::starting && phase_ != phase::draining)
        return {};
    // Twice, because what is over then has still to be told.
    return {.notify = {sd::extend_timeout_message(2 * limit,
                                                  phase_ == phase::starting ? line_ : "Draining")}};
}

lifecycle_output lifecycle::reload_begins(duration monotonic) {
    if (!may_reload())
        return {};
    phase_ = phase::reloading;
    return {.notify = {sd::reloading_message(monotonic, "Reloading")}};
}

lifecycle_output lifecycle::reload_over(std::string_view refusal) {
    refusal_ = std::string(refusal);
    if (phase_ != phase::reloading)
        return {};
    // READY=1 always: systemd waits for it after RELOADING=1, whatever came of it.
    phase_ = phase::running;
    sent_ = with_refusal(line_);
    return {.notify = {sd::ready_message(sent_)}};
}

lifecycle_output lifecycle::stop_requested() {
    if (phase_ == phase::draining || phase_ == phase::stopped)
        return {.exit_at_once = true};
    phase_ = phase::draining;
    return {.notify = {sd::stopping_message("Draining")}, .begin_drain = true};
}

lifecycle_output lifecycle::drained() {
    phase_ = phase::stopped;
    return {};
}

std::optional<std::string> lifecycle::status(std::string_view line, time_point now) {
    line_ = std::string(line);
    if (!ready_ || phase_ == phase::draining || phase_ == phase::stopped)
        return std::nullopt;
    std::string wanted = with_refusal(line_);
    if (wanted == sent_ || (sent_at_ && now - *sent_at_ < 1s))
        return std::nullopt;
    sent_ = std::move(wanted);
    sent_at_ = now;
    return sd::status_message(sent_);
}

} // namespace headspace::daemon
