// When an ordered upgrade that did not succeed is worth another try: after its connection was lost,
// with growing delays, and when the directory has changed. Pure: time comes in as a parameter.
#pragma once

#include "base/time.hpp"

namespace headspace::daemon {

struct retry_settings {
    duration first{}; // delay after the first loss
    duration max{};   // the longest
};

/// What a look from time to time finds.
struct watch_facts {
    bool ordered = false;        // migrations.auto_upgrade
    bool running = false;        // an operation does
    bool connected = false;      // the pool is
    bool verdict_stands = false; // the last ordered upgrade was refused or failed
};

enum class watch_step { nothing, upgrade, compare_directory };

class upgrade_retry {
public:
    /// An ordered upgrade ended because its connection was lost.
    void lost(const retry_settings& settings, time_point now);
    /// It ended in any other way, or the ledger turned out to be current.
    void settled() noexcept { losses_ = 0; }
    /// How often in a row it was lost.
    [[nodiscard]] int losses() const noexcept { return losses_; }

    [[nodiscard]] watch_step next(const watch_facts& seen, time_point now) const noexcept;

private:
    int losses_ = 0;
    time_point at_;
};

} // namespace headspace::daemon
