#include "daemon/upgrade_retry.hpp"

#include <algorithm>

namespace headspace::daemon {

void upgrade_retry::lost(const retry_settings& settings, time_point now) {
    duration delay = settings.first;
    for (int i = 0; i < losses_ && delay < settings.max; ++i)
        delay *= 2;
    at_ = now + std::min(delay, settings.max);
    ++losses_;
}

watch_step upgrade_retry::next(const watch_facts& seen, time_point now) const noexcept {
    if (!seen.ordered || seen.running)
        return watch_step::nothing;
    if (losses_ > 0 && now >= at_ && seen.connected)
        return watch_step::upgrade;
    // Reading a directory is for those who wait for it to change: nobody does after a success.
    return seen.verdict_stands ? watch_step::compare_directory : watch_step::nothing;
}

} // namespace headspace::daemon
