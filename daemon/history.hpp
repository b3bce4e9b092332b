// What the service was before this process: since when it runs, how often it crashed, and what its
// earlier processes counted. Pure: the text goes through sd::kept_text, time comes in as a
// parameter.
#pragma once

#include "base/time.hpp"
#include "daemon/tally.hpp"
#include "pool/snapshot.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace headspace::daemon {

class history {
public:
    /// A service that begins now.
    history(wall_time now, time_point monotonic) : started_(now), monotonic_(monotonic) {}

    /// One more crash after what `kept`, a text(), says; unchanged when that is no such text.
    void go_on_from(std::string_view kept);

    /// `now` with what the earlier processes counted.
    [[nodiscard]] pool::pool_snapshot total(pool::pool_snapshot now) const;
    [[nodiscard]] tally total(tally now) const;
    /// For the process after a crash of this one.
    [[nodiscard]] std::string text(const pool::pool_snapshot& now, const tally& counted) const;

    [[nodiscard]] wall_time started() const noexcept { return started_; }
    /// On the steady clock, which every process of one boot shares.
    [[nodiscard]] time_point started_monotonic() const noexcept { return monotonic_; }
    [[nodiscard]] std::uint64_t crashes() const noexcept { return crashes_; }

private:
    template<class Numbers>
    void add_to(Numbers& numbers) const;
    template<class Numbers>
    void add_open(std::string_view prefix, Numbers& numbers) const;

    wall_time started_;
    time_point monotonic_;
    std::uint64_t crashes_ = 0;
    std::map<std::string, std::uint64_t> counted_;
};

} // namespace headspace::daemon
