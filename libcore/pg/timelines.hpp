// Which of several servers is the primary of today. A promotion begins a new timeline; a primary
// that was away meanwhile comes back on the old one, takes writes, and they are lost. So the
// highest timeline that was seen of a cluster decides. Pure: host_connector asks the servers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headspace::pg {

/// Of a server that is not in recovery.
struct server_identity {
    std::string system; // pg_control_system().system_identifier: the same for all of one cluster
    std::uint32_t timeline = 0;
    bool operator==(const server_identity&) const = default;
};

/// The timeline is the first eight hexadecimal digits of a WAL file's name. The one in use comes
/// from pg_walfile_name(pg_current_wal_lsn()): pg_control_checkpoint() still shows the old one
/// right after a promotion. Nothing for what is no such name.
[[nodiscard]] std::optional<std::uint32_t> timeline_of(std::string_view wal_file);

struct stale_primary {
    std::string where; // "db1:5432"
    std::uint32_t timeline = 0;
    std::uint32_t highest = 0; // that was seen of its cluster
    bool operator==(const stale_primary&) const = default;
};

/// What was seen since the start, and before as far as it was kept. One for all connectors, so that
/// a reload forgets nothing.
class timelines {
public:
    /// What an earlier process saw.
    void recall(const server_identity& is);
    /// `keep` hears of each timeline that is the highest of its cluster so far; `file` is where it
    /// puts them, for whoever has to remove a number that counts no more.
    void kept_in(std::string file, std::function<void(const server_identity&)> keep) {
        file_ = std::move(file);
        keep_ = std::move(keep);
    }

    enum class verdict : std::uint8_t {
        present, // as high as any
        raised,  // higher than all before: there was a promotion
        stale,   // lower than one that was seen
    };
    struct finding {
        verdict what = verdict::present;
        std::uint32_t highest = 0; // before this one, when it is raised
        /// Stale and was not known to be; raised above one that this process has seen itself, so
        /// that connections to that one may be open.
        bool news = false;
    };

    finding observe(const std::string& where, const server_identity& is);
    /// It is in recovery: no primary, and so no stale one. True when it was known as one.
    bool is_standby(const std::string& where);

    /// Whatever came of it. A connection is only trusted once every host was looked at, since the
    /// first primary of the list may be the stale one.
    void looked_at(const std::string& where) { looked_at_.insert(where); }
    [[nodiscard]] bool was_looked_at(const std::string& where) const {
        return looked_at_.contains(where);
    }

    /// Those that are refused, by name.
    [[nodiscard]] std::vector<stale_primary> stale() const;
    /// What to do about one of them, for people.
    [[nodiscard]] std::string remedy() const;

private:
    std::string file_; // "": nothing is kept
    std::function<void(const server_identity&)> keep_;
    std::map<std::string, std::uint32_t> highest_; // by system
    std::set<std::string> met_; // systems of which this process saw a primary of today
    std::map<std::string, stale_primary> stale_; // by where
    std::set<std::string> looked_at_;
};

} // namespace headspace::pg
