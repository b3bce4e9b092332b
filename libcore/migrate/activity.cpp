#include "migrate/activity.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace headspace::migrate {

namespace {

// PostgreSQL, "Progress Reporting". Which counters move depends on the phase.
constexpr std::string_view index_sql =
    "SELECT command, phase, CASE WHEN phase LIKE 'waiting%' THEN lockers_done WHEN tuples_total > "
    "0 THEN tuples_done ELSE blocks_done END, CASE WHEN phase LIKE 'waiting%' THEN lockers_total "
    "WHEN tuples_total > 0 THEN tuples_total ELSE blocks_total END FROM "
    "pg_catalog.pg_stat_progress_create_index WHERE pid = ";
constexpr std::string_view cluster_sql =
    "SELECT command, phase, heap_blks_scanned, heap_blks_total FROM "
    "pg_catalog.pg_stat_progress_cluster WHERE pid = ";
constexpr std::string_view vacuum_sql =
    "SELECT 'VACUUM', phase, CASE WHEN phase = 'vacuuming heap' THEN heap_blks_vacuumed ELSE "
    "heap_blks_scanned END, heap_blks_total FROM pg_catalog.pg_stat_progress_vacuum WHERE pid = ";
constexpr std::string_view analyze_sql =
    "SELECT 'ANALYZE', phase, sample_blks_scanned, sample_blks_total FROM "
    "pg_catalog.pg_stat_progress_analyze WHERE pid = ";
constexpr std::string_view copy_sql =
    "SELECT command, 'copying', bytes_processed, bytes_total FROM "
    "pg_catalog.pg_stat_progress_copy WHERE pid = ";

std::string name_of(std::string_view command) {
    if (command.starts_with("CREATE INDEX"))
        return "index build";
    if (command.starts_with("COPY"))
        return "copy";
    return to_lower(command.substr(0, command.find(" CONCURRENTLY")));
}

} // namespace

std::string activity::text() const {
    return percent ? what + " " + std::to_string(*percent) + " %" : what;
}

std::string activity_sql(std::int64_t pid, int server_version) {
    const std::string id = std::to_string(pid);
    std::string sql;
    for (const std::string_view one : {index_sql, cluster_sql, vacuum_sql, analyze_sql})
        sql += std::string(sql.empty() ? "" : " UNION ALL ") + std::string(one) + id;
    if (server_version >= 140000)
        sql += " UNION ALL " + std::string(copy_sql) + id;
    return sql;
}

activity read_activity(std::string_view command, std::string_view phase, std::int64_t done,
                       std::int64_t total) {
    activity a{.what = name_of(command), .phase = std::string(phase), .percent = {}};
    if (total > 0)
        a.percent = static_cast<int>(std::clamp<std::int64_t>(done, 0, total) * 100 / total);
    return a;
}

} // namespace headspace::migrate
