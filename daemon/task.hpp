// Work on the database that is an operation but no run of migrations: check, dump, generate, ...
// It says what it is doing and hears when it is to stop; migrations::start_task() runs it.
#pragma once

#include "base/error.hpp"
#include "daemon/operations.hpp"
#include "io/asio.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <memory>
#include <string>

namespace headspace::daemon {

/// One executor; the task and its operation share it.
class task_control {
public:
    explicit task_control(std::shared_ptr<operation> op) : operation_(std::move(op)) {}

    /// One event for those who follow: {"event": ..., ...}.
    void tell(const boost::json::object& event);
    /// {"event":"warning","text":...}.
    void warn(std::string text);

    [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
    /// Called once when the operation is cancelled, at once when it was already; it must not block.
    /// The next one replaces it, an empty one takes it away.
    void on_cancel(std::function<void()> stop);
    void cancel();

private:
    std::shared_ptr<operation> operation_;
    std::function<void()> stop_;
    bool cancelled_ = false;
};

/// What it returns stands in the operation's last line beside "event" and "outcome"; an error is
/// its "problem", and errc::cancelled is outcome "cancelled".
using task = std::function<asio::awaitable<result<boost::json::object>>(
    std::shared_ptr<task_control> control)>;

} // namespace headspace::daemon
