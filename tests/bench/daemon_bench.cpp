// A real headspaced from outside: how fast it is ready, what it costs while nothing happens, how
// migrations compare with psql doing the same statements, ledger rows and commits.
#include "bench/seconds_of.hpp"
#include "support/daemon_process.hpp"
#include "support/temp_cluster.hpp"

#include <benchmark/benchmark.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;

namespace {

std::string config_for(const temp_cluster& cluster, const std::string& more = {}) {
    return "[database]\nurl = \"" + cluster.url() + "\"\n" + more;
}

void require(bool condition, const char* what) {
    if (!condition)
        throw std::runtime_error(what);
}

double seconds_until_ready(daemon_process& daemon, time_point begin) {
    // The harness polls every few milliseconds; the first datagram is awaited here instead.
    require(daemon.wait_ready(), "headspaced did not become ready");
    return std::chrono::duration<double>(clock::now() - begin).count();
}

void start_to_ready(benchmark::State& state) {
    temp_cluster cluster;
    for (auto _ : state) {
        const auto begin = clock::now();
        daemon_process daemon({.config = config_for(cluster), .log_level = "info"});
        state.SetIterationTime(seconds_until_ready(daemon, begin));
    }
}

void embedded_start(benchmark::State& state) {
    const bool warm = state.range(0) != 0;
    temp_directory home;
    const auto config = [&](int n) {
        return "[embedded]\nenabled = true\ndata_directory = \"" +
               (home.path() / ("data" + std::to_string(n))).string() + "\"\n";
    };
    int n = 0;
    if (::getuid() == 0) // the server runs as `postgres` and must get there
        std::filesystem::permissions(home.path(), std::filesystem::perms(0755));
    if (warm) {
        daemon_process first({.config = config(n), .log_level = "info"});
        require(first.wait_connected(60s), "no embedded PostgreSQL");
    }
    for (auto _ : state) {
        const auto begin = clock::now();
        daemon_process daemon({.config = config(warm ? 0 : ++n), .log_level = "info"});
        require(daemon.wait_connected(60s), "no embedded PostgreSQL");
        state.SetIterationTime(std::chrono::duration<double>(clock::now() - begin).count());
    }
}

double resident_megabytes(pid_t pid) {
    std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
    long size = 0;
    long resident = 0;
    statm >> size >> resident;
    return static_cast<double>(resident * ::sysconf(_SC_PAGESIZE)) / (1024.0 * 1024.0);
}

double cpu_seconds(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(stat, line);
    // Fields 14 and 15, counted after the name in parentheses, which may hold blanks.
    std::istringstream rest(line.substr(line.rfind(')') + 2));
    std::string skipped;
    for (int field = 3; field < 14; ++field)
        rest >> skipped;
    double user = 0;
    double system = 0;
    rest >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void idle_daemon(benchmark::State& state) {
    temp_cluster cluster;
    daemon_process daemon({.config = config_for(cluster, "pool_size = 10\n"), .log_level = "info"});
    require(daemon.wait_connected(), "not connected");
    std::this_thread::sleep_for(1s);
    for (auto _ : state) {
        const double before = cpu_seconds(daemon.pid());
        const auto begin = clock::now();
        std::this_thread::sleep_for(20s);
        const double took = std::chrono::duration<double>(clock::now() - begin).count();
        state.counters["cpu_percent"] = 100.0 * (cpu_seconds(daemon.pid()) - before) / took;
        state.counters["resident_MB"] = resident_megabytes(daemon.pid());
        state.SetIterationTime(took);
    }
}

constexpr int revisions = 1000;

std::string revision_name(int i) {
    return std::to_string(20260101000000L + i);
}

void write_revisions(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder / "versions");
    for (int i = 1; i <= revisions; ++i)
        write_file(folder / "versions" / (revision_name(i) + "_t.sql"),
                   "-- migrate:up\nCREATE TABLE t" + std::to_string(i) +
                       " (id int);\n-- migrate:down\nDROP TABLE t" + std::to_string(i) + ";\n");
}

double upgrade_seconds(temp_cluster& cluster, const std::string& database,
                       const std::filesystem::path& folder) {
    cluster.create_database(database);
    daemon_process daemon({.config = "[database]\nurl = \"" + cluster.url(database) +
                                     "\"\n[migrations]\ndirectory = \"" + folder.string() + "\"\n",
                           .log_level = "warning"});
    require(daemon.wait_connected(), "not connected");
    const auto begin = clock::now();
    const auto lines = daemon.migrate("upgrade", {}, 300s);
    const double took = std::chrono::duration<double>(clock::now() - begin).count();
    require(lines.back().at("outcome").as_string() == "succeeded", "the upgrade failed");
    return took;
}

// The same work by hand: one transaction, one statement and one ledger row for each revision.
double psql_seconds(temp_cluster& cluster, const std::string& database,
                    const std::filesystem::path& folder) {
    cluster.create_database(database);
    cluster.sql(database,
                "CREATE TABLE ledger (revision text PRIMARY KEY, message text, checksum text, "
                "applied_at timestamptz DEFAULT now(), up_sql text, down_sql text)");
    std::string script;
    for (int i = 1; i <= revisions; ++i) {
        const std::string n = std::to_string(i);
        script += "BEGIN;\nCREATE TABLE t" + n + " (id int);\nINSERT INTO ledger VALUES ('" +
                  revision_name(i) + "', 't', '" + std::string(64, 'a') +
                  "', now(), 'CREATE TABLE t" + n + " (id int);', 'DROP TABLE t" + n +
                  ";');\nCOMMIT;\n";
    }
    write_file(folder / "all.sql", script);
    const auto begin = clock::now();
    const auto done =
        run({(postgres_bindir() / "psql").string(), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d",
             cluster.url(database), "-f", (folder / "all.sql").string()},
            {}, 300s);
    const double took = std::chrono::duration<double>(clock::now() - begin).count();
    require(done.exit_status == 0, "psql failed");
    return took;
}

void thousand_migrations(benchmark::State& state) {
    temp_cluster cluster;
    temp_directory folder;
    write_revisions(folder.path());
    int n = 0;
    for (auto _ : state) {
        const std::string round = std::to_string(++n);
        const double theirs = psql_seconds(cluster, "psql" + round, folder.path());
        const double ours = upgrade_seconds(cluster, "ours" + round, folder.path());
        state.counters["psql_s"] = theirs;
        state.counters["ours_s"] = ours;
        state.counters["ratio"] = ours / theirs;
        state.SetIterationTime(ours);
    }
}

// As a user sees it: a headspacectl from its start to its end, with all revisions applied before.
void upgrade_with_nothing_to_do(benchmark::State& state) {
    temp_cluster cluster;
    temp_directory folder;
    write_revisions(folder.path());
    daemon_process daemon({.config = config_for(cluster, "[migrations]\ndirectory = \"" +
                                                             folder.path().string() + "\"\n"),
                           .log_level = "warning"});
    require(daemon.wait_connected(), "not connected");
    require(daemon.migrate("upgrade", {}, 300s).back().at("outcome").as_string() == "succeeded",
            "the upgrade failed");
    process_options how;
    how.without = {"HEADSPACE_*"};
    how.directory = daemon.folder();
    std::vector<double> all;
    for (auto _ : state) {
        std::this_thread::sleep_for(500ms); // after each run the daemon reads the ledger again
        all.push_back(bench::seconds_of({program("headspacectl").string(), "--socket",
                                         daemon.socket().string(), "db", "upgrade"},
                                        how));
        state.SetIterationTime(all.back());
    }
    state.counters["median_ms"] = 1000 * bench::median(all);
}

BENCHMARK(start_to_ready)->UseManualTime()->Iterations(10)->Unit(benchmark::kMillisecond);
BENCHMARK(embedded_start)
    ->Arg(0)
    ->ArgName("warm")
    ->UseManualTime()
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(embedded_start)
    ->Arg(1)
    ->ArgName("warm")
    ->UseManualTime()
    ->Iterations(5)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(idle_daemon)->UseManualTime()->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK(thousand_migrations)->UseManualTime()->Iterations(3)->Unit(benchmark::kSecond);
BENCHMARK(upgrade_with_nothing_to_do)
    ->UseManualTime()
    ->Iterations(50)
    ->Unit(benchmark::kMillisecond);

} // namespace
