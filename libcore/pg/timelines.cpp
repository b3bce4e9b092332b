#include "pg/timelines.hpp"

#include <algorithm>
#include <charconv>

namespace headspace::pg {

std::optional<std::uint32_t> timeline_of(std::string_view wal_file) {
    constexpr std::size_t name_size = 24;
    constexpr std::size_t timeline_size = 8;
    if (wal_file.size() != name_size)
        return std::nullopt;
    std::uint32_t timeline = 0;
    const char* end = wal_file.data() + timeline_size;
    const auto parsed = std::from_chars(wal_file.data(), end, timeline, 16);
    if (parsed.ec != std::errc{} || parsed.ptr != end || timeline == 0)
        return std::nullopt;
    return timeline;
}

void timelines::recall(const server_identity& is) {
    std::uint32_t& highest = highest_[is.system];
    highest = std::max(highest, is.timeline);
}

timelines::finding timelines::observe(const std::string& where, const server_identity& is) {
    const auto [known, first] = highest_.emplace(is.system, is.timeline);
    const std::uint32_t highest = known->second;
    if (is.timeline < highest) {
        const bool news =
            stale_.insert_or_assign(where, stale_primary{where, is.timeline, highest}).second;
        return {verdict::stale, highest, news};
    }
    stale_.erase(where);
    const bool met = !met_.insert(is.system).second;
    if (!first && is.timeline == highest)
        return {verdict::present, highest, false};
    known->second = is.timeline;
    if (keep_)
        keep_(is);
    return first ? finding{verdict::present, highest, false}
                 : finding{verdict::raised, highest, met};
}

bool timelines::is_standby(const std::string& where) {
    return stale_.erase(where) > 0;
}

std::vector<stale_primary> timelines::stale() const {
    std::vector<stale_primary> all;
    for (const auto& [where, one] : stale_)
        all.push_back(one);
    return all;
}

std::string timelines::remedy() const {
    std::string text = "rebuild it as a standby (pg_rewind or pg_basebackup) or take it out of the "
                       "hosts";
    if (!file_.empty())
        text += "; if it is the right one, restored from a backup: remove " + file_ +
                " and restart headspaced";
    return text;
}

} // namespace headspace::pg
