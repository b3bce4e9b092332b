// While a statement of a migration runs, its own connection cannot ask whom it waits for or how far
// it is. This asks on another one, opened when it is first needed, tells it, and remembers the
// blocker.
#pragma once

#include "migrate/run_context.hpp"

#include <memory>
#include <optional>

namespace headspace::migrate {

class observer : public std::enable_shared_from_this<observer> {
public:
    explicit observer(std::shared_ptr<run_context> context)
        : context_(std::move(context)), wake_(context_->executor) {}

    /// Looks whenever a statement has run for `interval`; ends after stop(). Owns itself while it
    /// does.
    void start(duration interval);
    void stop();
    void every(duration interval);

    /// Around each statement; `pid` is the real backend, `what` the event that is told while it
    /// runs.
    void begin(std::int64_t pid, progress what);
    void end() { running_ = false; }

    /// Who blocked the statement that ran last; nothing when it was not seen.
    [[nodiscard]] const std::optional<lock_holder>& blocker() const { return blocker_; }

private:
    asio::awaitable<void> watch();
    asio::awaitable<void> look();
    void saw(const std::optional<lock_holder>& found);
    void saw(std::optional<activity> found);

    std::shared_ptr<run_context> context_;
    io::interruptible_timer wake_;
    duration interval_{};
    std::shared_ptr<pg::session> session_;
    bool stopped_ = false;
    bool running_ = false;
    std::uint64_t serial_ = 0; // of the statement
    std::int64_t pid_ = 0;
    time_point since_;
    std::optional<lock_holder> blocker_;
    std::int64_t told_ = 0; // pid of the blocker that was named last of this statement
    progress what_;
    std::optional<activity> told_activity_;
    int looks_ = 0; // since something was told
};

} // namespace headspace::migrate
