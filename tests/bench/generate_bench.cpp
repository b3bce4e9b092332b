// `headspacectl db migrate` against a real headspaced: tables with 3 columns, 2 indexes and a
// foreign key each, already migrated, and 20 changes to them. From the command to the written file,
// replay, comparison and proof in both directions included.
#include "support/daemon_process.hpp"
#include "support/temp_cluster.hpp"

#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>

namespace {

using namespace headspace;
using namespace headspace::test;

constexpr int changes = 20;

std::string name(int i) {
    return "t" + std::to_string(i);
}

/// The tables; each of the first `changed` has a column that the others lack.
std::string schema(int tables, int changed) {
    std::string sql;
    for (int i = 0; i < tables; ++i) {
        const std::string parent = name(i == 0 ? 0 : i - 1);
        sql += "CREATE TABLE " + name(i) + " (\n    id bigint PRIMARY KEY,\n    parent bigint";
        sql += i == 0 ? "" : " REFERENCES " + parent;
        sql += ",\n    title text NOT NULL";
        if (i < changed)
            sql += ",\n    added integer";
        sql += "\n);\nCREATE INDEX " + name(i) + "_parent ON " + name(i) + " (parent);\n";
        sql += "CREATE INDEX " + name(i) + "_title ON " + name(i) + " (title);\n\n";
    }
    return sql;
}

void generate(benchmark::State& state) {
    namespace fs = std::filesystem;
    const int tables = static_cast<int>(state.range(0));
    cluster_options options;
    options.settings = {{"fsync", "on"}};
    const temp_cluster cluster(options);
    const temp_directory home("hsb");
    const fs::path directory = home.path() / "migrations";
    fs::create_directories(directory / "versions");
    fs::create_directories(directory / "schema");
    write_file(directory / "schema/all.sql", schema(tables, 0));
    daemon_process daemon(
        {.config = "[database]\nurl = \"" + cluster.url() + "\"\n", .folder = home.path()});
    if (!daemon.wait_ready() || !daemon.wait_connected()) {
        state.SkipWithError("headspaced did not start");
        return;
    }
    const process_outcome first = daemon.ctl({"db", "migrate", "-m", "first"});
    if (first.exit_status != 0) {
        state.SkipWithError(first.output.c_str());
        return;
    }
    for (const auto& entry : fs::directory_iterator(directory / "versions"))
        fs::rename(entry.path(), directory / "versions/20260101000000_first.sql");
    daemon.ctl({"db", "hash"});
    write_file(directory / "schema/all.sql", schema(tables, changes));
    for (auto _ : state) {
        const process_outcome done = daemon.ctl({"db", "migrate", "-m", "second"});
        state.PauseTiming();
        if (done.exit_status != 0) {
            state.SkipWithError(done.output.c_str());
            return;
        }
        for (const auto& entry : fs::directory_iterator(directory / "versions"))
            if (entry.path().filename().string().find("second") != std::string::npos)
                fs::remove(entry.path());
        daemon.ctl({"db", "hash"});
        state.ResumeTiming();
    }
}

} // namespace

BENCHMARK(generate)->ArgName("tables")->Arg(50)->Arg(500)->Iterations(3)->UseRealTime()->Unit(
    benchmark::kSecond);
