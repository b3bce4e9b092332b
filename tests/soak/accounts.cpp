#include "soak/accounts.hpp"

#include <boost/json/serialize.hpp>

#include <fstream>
#include <set>
#include <sstream>

namespace headspace::soak {

using namespace headspace::test;

namespace {

std::int64_t count_of(const boost::json::value& pool, std::string_view key) {
    return pool.at(key).to_number<std::int64_t>();
}

std::size_t open_descriptors(pid_t pid) {
    std::size_t count = 0;
    const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder))
        ++count;
    return count;
}

std::size_t resident_kib(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:"))
            return std::stoul(line.substr(6));
    return 0;
}

// "database unavailable: CAUSE; next attempt in 3 ms" without what differs from one to the next.
std::string cause_in(std::string_view line, std::string_view after) {
    line.remove_prefix(line.find(after) + after.size());
    return std::string(line.substr(0, line.find(';')));
}

} // namespace

std::string check_pool(const boost::json::value& pool) {
    const std::int64_t live = count_of(pool, "live");
    std::int64_t parts = 0;
    for (const char* state : {"connecting", "idle", "pinging", "leased", "resetting", "closing"})
        parts += count_of(pool, state);
    if (parts != live || live > count_of(pool, "size"))
        return "the pool does not add up: " + boost::json::serialize(pool);
    std::int64_t closed = 0;
    for (const auto& [reason, count] : pool.at("closed").as_object())
        closed += reason == "abandoned" ? 0 : count.to_number<std::int64_t>();
    const std::int64_t usable = live - count_of(pool, "connecting") - count_of(pool, "closing");
    if (count_of(pool, "connects_ok") - closed != usable)
        return "connects_ok less what was closed is not what is open: " +
               boost::json::serialize(pool);
    return {};
}

std::string check_log(std::string_view log, bool must_be_over) {
    std::istringstream lines{std::string(log)};
    std::set<std::string> causes;
    bool away = false;
    for (std::string line; std::getline(lines, line);) {
        const bool opened = line.find("database unavailable: ") != std::string::npos;
        const bool another = line.find("still unavailable: ") != std::string::npos;
        const bool over = line.find("recovered after ") != std::string::npos;
        if (opened && away)
            return "an outage was opened twice: " + line;
        if ((another || over) && !away)
            return "of no outage: " + line;
        if (opened || another) {
            const std::string cause =
                cause_in(line, opened ? "database unavailable: " : "still unavailable: ");
            if (!causes.insert(cause).second)
                return "a cause was said twice: " + line;
        }
        away = (away || opened) && !over;
        if (over)
            causes.clear();
    }
    return must_be_over && away ? "the end of an outage was not said" : "";
}

std::string check_migrations(const world& w) {
    if (w.value("SELECT to_regclass('headspace.migrations') IS NULL") == "t")
        return {}; // nobody has migrated yet
    const std::string wrong = w.value(
        "SELECT string_agg(n, ' ') FROM (SELECT to_char(i, 'FM00') AS n FROM generate_series(1, " +
        std::to_string(revisions) +
        ") AS i) AS r LEFT JOIN headspace.migrations m ON m.revision = n CROSS JOIN LATERAL "
        "(SELECT count(*) AS marks FROM marks WHERE marks.revision = n) AS k WHERE "
        "CASE WHEN m.state = 'applied' THEN marks <> 1 OR to_regclass('t' || n) IS NULL "
        "WHEN m.state IS NULL THEN marks <> 0 OR to_regclass('t' || n) IS NOT NULL "
        "ELSE marks > 1 END");
    if (!wrong.empty())
        return "ledger and tables do not agree about " + wrong;
    const std::string gap =
        w.value("SELECT count(*) = coalesce(max(revision::int), 0) FROM headspace.migrations");
    if (gap != "t")
        return "the ledger has gaps or doubles: " +
               w.value("SELECT string_agg(revision || ':' || state, ' ' ORDER BY seq) FROM "
                       "headspace.migrations");
    return {};
}

holdings what_is_held(world& w) {
    holdings h;
    // Equal from both sides, twice in a row: what is under way has come to its end.
    eventually([&] {
        const auto pool = w.daemon.get("/v1/pool").json();
        h.connections = static_cast<std::size_t>(count_of(pool, "live"));
        h.backends = w.cluster.backends("headspaced").size();
        const std::size_t descriptors = open_descriptors(w.daemon.pid());
        const bool settled = count_of(pool, "idle") == count_of(pool, "live") &&
                             h.backends == h.connections &&
                             descriptors - h.connections == h.descriptors;
        h.descriptors = descriptors - h.connections;
        return settled;
    });
    h.resident = resident_kib(w.daemon.pid());
    return h;
}

} // namespace headspace::soak
