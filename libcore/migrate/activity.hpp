// How far a long statement has come, from the server's pg_stat_progress_* views. Pure: the query as
// text, and what its row means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headspace::migrate {

struct activity {
    std::string what;           // "index build", "vacuum", "copy"
    std::string phase;          // as the server says it: "building index: scanning table"
    std::optional<int> percent; // of this phase; nothing where the server does not know the whole

    /// "index build 42 %".
    [[nodiscard]] std::string text() const;
    bool operator==(const activity&) const = default;
};

/// One row (command, phase, done, total), or none, for backend `pid` of a server of this version.
[[nodiscard]] std::string activity_sql(std::int64_t pid, int server_version);

/// `command` as the views say it: "CREATE INDEX CONCURRENTLY", "VACUUM FULL", "COPY FROM".
[[nodiscard]] activity read_activity(std::string_view command, std::string_view phase,
                                     std::int64_t done, std::int64_t total);

} // namespace headspace::migrate
