// What health and STATUS= say while a migration runs, from its events. Pure.
#pragma once

#include "migrate/progress.hpp"

#include <string>

namespace headspace::daemon {

class run_view {
public:
    void follow(const migrate::progress& p);

    /// There is something to do: a run that finds everything applied is none.
    [[nodiscard]] bool has_work() const noexcept { return has_work_; }
    /// "3/5", "3/5, index build 42 %".
    [[nodiscard]] std::string progress() const;
    /// Whom it waits for, without the user's name; "" for nobody.
    [[nodiscard]] const std::string& blocked_by() const noexcept { return blocked_by_; }

private:
    bool has_work_ = false;
    std::string place_;
    std::string doing_;
    std::string blocked_by_;
};

/// Whether something was committed with this event or just before it that plans of other
/// connections may not fit.
[[nodiscard]] bool changes_schema(const migrate::progress& p) noexcept;

} // namespace headspace::daemon
