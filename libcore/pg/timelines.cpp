#include "pg/timelines.hpp"

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

timelines::finding timelines::observe(const std::string& where, const server_identity& is) {
    const auto [known, first] = highest_.emplace(is.system, is.timeline);
    const std::uint32_t highest = known->second;
    if (is.timeline < highest) {
        const bool news =
            stale_.insert_or_assign(where, stale_primary{where, is.timeline, highest}).second;
        return {verdict::stale, highest, news};
    }
    stale_.erase(where);
    if (first || is.timeline == highest)
        return {verdict::present, highest, false};
    known->second = is.timeline;
    return {verdict::raised, highest, false};
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

} // namespace headspace::pg
